output "url_secret" {
  description = "Secret with DATABASE_URL."
  value       = google_secret_manager_secret.url.secret_id
}
