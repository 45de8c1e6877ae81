output "arn" {
  description = "ARN of the instance, for replicas."
  value       = aws_db_instance.this.arn
}

output "address" {
  description = "Host name."
  value       = aws_db_instance.this.address
}

output "url_secret_arn" {
  description = "Secret with DATABASE_URL."
  value       = aws_secretsmanager_secret.url.arn
}
