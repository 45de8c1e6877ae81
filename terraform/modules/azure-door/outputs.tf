output "address" {
  description = "The public address."
  value       = azurerm_public_ip.this.ip_address
}
