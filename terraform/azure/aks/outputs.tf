output "chart_values" {
  description = "Values of the chart that only Terraform knows: helm upgrade … -f values-azure.yaml -f THIS."
  value = yamlencode({
    environment = var.environment
    image       = { registry = azurerm_container_registry.this.login_server }
    results     = { type = "folder", folder = { existingClaim = "sillage-results" } }
    secrets     = { existingSecret = "sillage", externalSecret = { enabled = false } }
    gateway = { service = {
      type  = "LoadBalancer"
      ports = { http = module.facts.services["gateway"].port }
      annotations = {
        "service.beta.kubernetes.io/azure-load-balancer-internal" = "true"
        "service.beta.kubernetes.io/azure-load-balancer-ipv4"     = local.gateway_address
      }
    } }
    networkPolicy = {
      ports = { redis = module.redis.port }
      peers = {
        clients  = [{ ipBlock = { cidr = module.network.cidrs["door"] } }]
        postgres = [{ ipBlock = { cidr = module.network.cidrs["postgres"] } }]
        redis    = [{ ipBlock = { cidr = module.network.cidrs["endpoints"] } }]
      }
    }
  })
}

output "kubernetes_manifests" {
  description = <<-EOT
    What ties the cluster to what is outside of it: the Secret from Key Vault (External Secrets operator) and the blobs as
    a volume. For kubectl apply -f -.
  EOT
  value       = join("---\n", [for manifest in local.manifests : yamlencode(manifest)])
}

output "external_secrets_client_id" {
  description = "For the annotation azure.workload.identity/client-id of the External Secrets operator's service account."
  value       = module.cluster.external_secrets_client_id
}

output "kubeconfig_command" {
  description = "Brings kubectl to the cluster."
  value       = "az aks get-credentials --resource-group ${local.place.group} --name ${module.cluster.name}"
}
