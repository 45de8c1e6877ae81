output "subnet_ids" {
  description = "Subnets by name: door, workloads, postgres, endpoints; once their rules hold."
  value       = { for name, subnet in azurerm_subnet.this : name => subnet.id }
  depends_on  = [azurerm_subnet_network_security_group_association.this, azurerm_subnet_nat_gateway_association.workloads]
}

output "zone_ids" {
  description = "Private DNS zones by store: postgres, redis, blob, file; once they resolve."
  value       = { for name, zone in azurerm_private_dns_zone.this : name => zone.id }
  depends_on  = [azurerm_private_dns_zone_virtual_network_link.this]
}

output "cidrs" {
  description = "Addresses of the subnets by name."
  value       = { for name, subnet in local.subnets : name => subnet.cidr }
}
