output "id" {
  description = "The vault, once secrets can be written."
  value       = azurerm_key_vault.this.id
  depends_on  = [azurerm_role_assignment.operator]
}

output "uri" {
  description = "Address of the vault."
  value       = azurerm_key_vault.this.vault_uri
}

output "encryption" {
  description = "The key, and the identity that may use it."
  value       = { key_id = azurerm_key_vault_key.data.id, identity_id = azurerm_user_assigned_identity.stores.id }
  depends_on  = [azurerm_role_assignment.stores]
}

output "key_versionless_id" {
  description = "The key, whatever its version."
  value       = azurerm_key_vault_key.data.versionless_id
}

output "identity_client_id" {
  description = "The same identity, by its client id."
  value       = azurerm_user_assigned_identity.stores.client_id
}
