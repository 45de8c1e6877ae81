output "account_name" {
  description = "Name of the account, once it can be reached."
  value       = azurerm_storage_account.this.name
  depends_on  = [azurerm_private_endpoint.this]
}

output "container_name" {
  description = "Name of the blob container."
  value       = azurerm_storage_container.results.name
}

output "container_id" {
  description = "The container, as roles are scoped to it."
  value       = azurerm_storage_container.results.id
}

output "share_name" {
  description = "Name of the share; null: there is none."
  value       = one([for share in azurerm_storage_share.results : share.name])
}

output "account_key" {
  description = "The account's key, for mounting the share."
  value       = azurerm_storage_account.this.primary_access_key
  sensitive   = true
}
