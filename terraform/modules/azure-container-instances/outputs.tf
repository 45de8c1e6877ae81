output "address" {
  description = "Private address of the gateway."
  value       = azurerm_container_group.this.ip_address
}
