output "name" {
  description = "Name of the cluster."
  value       = azurerm_kubernetes_cluster.this.name
}

output "kubelet_client_id" {
  description = "Identity of the nodes, by which blobs are mounted."
  value       = azurerm_user_assigned_identity.nodes.client_id
}

output "kubelet_object_id" {
  description = "The same, as roles name it."
  value       = azurerm_user_assigned_identity.nodes.principal_id
}

output "external_secrets_client_id" {
  description = "For the annotation azure.workload.identity/client-id of the External Secrets operator."
  value       = azurerm_user_assigned_identity.external_secrets.client_id
}

output "tenant_id" {
  description = "Tenant of the identities."
  value       = data.azurerm_client_config.current.tenant_id
}
