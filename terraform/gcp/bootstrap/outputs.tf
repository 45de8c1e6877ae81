output "backend" {
  description = "For `terraform init -backend-config=FILE` of the other configurations."
  value       = "bucket = \"${google_storage_bucket.state.name}\"\n"
}
