output "url_secret_id" {
  description = "Secret with REDIS_URL, as roles are scoped to it."
  value       = azurerm_key_vault_secret.url.resource_versionless_id
}

output "port" {
  description = "Port of the cache."
  value       = 10000
}
