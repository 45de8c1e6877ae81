output "chart_values" {
  description = "Values of the chart that only Terraform knows: helm upgrade … -f values-gcp.yaml -f THIS."
  value = yamlencode({
    environment = var.environment
    results     = { type = "folder", folder = { existingClaim = "sillage-results" } }
    secrets     = { existingSecret = "sillage", externalSecret = { enabled = false } }
    gatewayApi  = { enabled = true, hostnames = [var.domain], parentRefs = [{ name = "sillage", namespace = "sillage" }] }
    networkPolicy = { peers = {
      # Google's front ends and their health checks.
      clients  = [for cidr in ["35.191.0.0/16", "130.211.0.0/22"] : { ipBlock = { cidr = cidr } }]
      postgres = [{ ipBlock = { cidr = module.network.store_cidr } }]
      redis    = [{ ipBlock = { cidr = module.network.store_cidr } }]
    } }
  })
}

output "kubernetes_manifests" {
  description = <<-EOT
    What ties the cluster to what is outside of it: the Secret from Secret Manager (External Secrets operator), the bucket
    as a volume (Cloud Storage FUSE), and the public door. For kubectl apply -f -.
  EOT
  value       = join("---\n", [for manifest in local.manifests : yamlencode(manifest)])
}

output "kubeconfig_command" {
  description = "Brings kubectl to the cluster."
  value       = "gcloud container clusters get-credentials ${module.cluster.name} --region ${var.region} --project ${var.project}"
}
