output "bucket" {
  description = "Name, for RESULTS_S3_BUCKET."
  value       = aws_s3_bucket.this.bucket
}

output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}

output "access_policy" {
  description = "IAM policy (JSON) of the services that keep inputs and results here."
  value       = data.aws_iam_policy_document.access.json
}
