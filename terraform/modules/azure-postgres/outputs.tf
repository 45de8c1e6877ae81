output "url_secret_id" {
  description = "Secret with DATABASE_URL, as roles are scoped to it."
  value       = azurerm_key_vault_secret.url.resource_versionless_id
}
