output "database_password" {
  description = "Password of the database, for write-only arguments."
  value       = ephemeral.google_secret_manager_secret_version.database_password.secret_data
  ephemeral   = true
}

output "encryption_key_secret" {
  description = "Secret with ENCRYPTION_KEY."
  value       = google_secret_manager_secret.this["encryption-key"].secret_id
}
