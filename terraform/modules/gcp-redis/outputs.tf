output "url_secret" {
  description = "Secret with REDIS_URL."
  value       = google_secret_manager_secret.this["redis-url"].secret_id
}

output "ca_secret" {
  description = "Secret with the authority that signed the certificate (PEM)."
  value       = google_secret_manager_secret.this["redis-ca"].secret_id
}
