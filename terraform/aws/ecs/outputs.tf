output "registry" {
  description = "Push images here as REGISTRY/SERVICE:TAG."
  value       = module.region.registry
}

output "cluster_name" {
  description = "Name of the ECS cluster."
  value       = module.region.cluster_name
}

output "url" {
  description = "Where the API answers."
  value       = "https://${var.domain}"
}
