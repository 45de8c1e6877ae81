output "database_password" {
  description = "Password of the database, for write-only arguments."
  value       = ephemeral.aws_secretsmanager_secret_version.database_password.secret_string
  ephemeral   = true
}

output "encryption_key_secret_arn" {
  description = "Secret with ENCRYPTION_KEY."
  value       = aws_secretsmanager_secret.this["encryption-key"].arn
}
