output "chart_values" {
  description = "Values of the chart by region."
  value       = { primary = module.primary.chart_values, standby = module.standby.chart_values }
}

output "kubernetes_manifests" {
  description = "Manifests for each cluster."
  value       = { primary = module.primary.kubernetes_manifests, standby = module.standby.kubernetes_manifests }
}

output "kubeconfig_commands" {
  description = "Bring kubectl to each cluster."
  value       = { primary = module.primary.kubeconfig_command, standby = module.standby.kubeconfig_command }
}

output "promote_command" {
  description = "Makes the standby's database a primary. There is no way back but a new replica."
  value       = "aws rds promote-read-replica --region ${var.standby_region} --db-instance-identifier ${local.name}-b"
}
