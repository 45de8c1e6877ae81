output "backend" {
  description = "For `terraform init -backend-config=FILE` of the other configurations."
  value = join("\n", [
    "bucket     = \"${aws_s3_bucket.state.bucket}\"",
    "region     = \"${var.region}\"",
    "kms_key_id = \"${module.key.arn}\"",
    "",
  ])
}
