output "registry" {
  description = "Push images here as REGISTRY/sillage/SERVICE:TAG."
  value       = azurerm_container_registry.this.login_server
}

output "url" {
  description = "Where the API answers."
  value       = "https://${var.domain}"
}
