output "cluster_name" {
  description = "Name of the cluster."
  value       = aws_ecs_cluster.this.name
}

output "security_group_ids" {
  description = "Security groups by service."
  value       = { for name, group in aws_security_group.service : name => group.id }
}

output "services" {
  description = "Names of the services."
  value       = keys(local.services)
}
