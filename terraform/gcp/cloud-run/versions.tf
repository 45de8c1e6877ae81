terraform {
  required_version = ">= 1.11.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.45"
    }
  }

  # The bucket comes from -backend-config (the output of ../bootstrap); it locks by itself.
  backend "gcs" {
    prefix = "gcp/cloud-run"
  }
}
