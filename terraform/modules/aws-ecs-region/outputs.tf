output "registry" {
  description = "Push images here as REGISTRY/SERVICE:TAG."
  value       = trimsuffix(aws_ecr_repository.service["gateway"].repository_url, "/gateway")
}

output "cluster_name" {
  description = "Name of the ECS cluster."
  value       = module.fleet.cluster_name
}

output "key_arn" {
  description = "Key of this region."
  value       = module.key.arn
}

output "door" {
  description = "Name and zone of the load balancer, for DNS."
  value       = { name = module.door.dns_name, zone_id = module.door.dns_zone_id }
}
