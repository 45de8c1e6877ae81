output "name" {
  description = "Name of the cluster."
  value       = aws_eks_cluster.this.name
}

output "node_security_group_id" {
  description = "Security group of nodes and pods."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}

output "service_role_arns" {
  description = "Roles of the services, for the annotations of their service accounts."
  value       = { for name, role in module.service_role : name => role.arn }
}

output "operator_role_arns" {
  description = "Roles of what runs beside the fleet, by service account."
  value       = { for name, role in module.operator_role : name => role.arn }
}
