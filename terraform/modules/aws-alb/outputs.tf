output "dns_name" {
  description = "Name of the load balancer, for aliases and health checks."
  value       = aws_lb.this.dns_name
}

output "dns_zone_id" {
  description = "Zone of that name."
  value       = aws_lb.this.zone_id
}

output "arn_suffix" {
  description = "For metrics."
  value       = aws_lb.this.arn_suffix
}

output "target_group_arn" {
  description = "Target group that the gateway's pods or tasks are registered in, once there is a listener."
  value       = aws_lb_target_group.gateway.arn
  depends_on  = [aws_lb_listener.https]
}

output "target_group_arn_suffix" {
  description = "For metrics."
  value       = aws_lb_target_group.gateway.arn_suffix
}
