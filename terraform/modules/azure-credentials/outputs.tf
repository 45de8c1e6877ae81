output "database_password" {
  description = "Password of the database, for write-only arguments."
  value       = ephemeral.azurerm_key_vault_secret.database_password.value
  ephemeral   = true
}

output "encryption_key_secret_id" {
  description = "Secret with ENCRYPTION_KEY, whatever its version, as roles are scoped to it."
  value       = azurerm_key_vault_secret.this["encryption-key"].resource_versionless_id
}
