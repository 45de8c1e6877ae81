output "registry" {
  description = "Push images here as REGISTRY/SERVICE:TAG."
  value       = local.registry
}

output "url" {
  description = "Where the API answers."
  value       = "https://${var.domain}"
}
