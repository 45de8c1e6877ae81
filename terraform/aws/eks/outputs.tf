output "chart_values" {
  description = "Values of the chart that only Terraform knows: helm upgrade … -f values-aws.yaml -f THIS."
  value       = module.region.chart_values
}

output "kubernetes_manifests" {
  description = "What ties the cluster to what is outside of it; for kubectl apply -f -."
  value       = module.region.kubernetes_manifests
}

output "operator_role_arns" {
  description = "Roles of External Secrets, the load balancer controller and the cluster autoscaler."
  value       = module.region.operator_role_arns
}

output "kubeconfig_command" {
  description = "Brings kubectl to the cluster."
  value       = module.region.kubeconfig_command
}
