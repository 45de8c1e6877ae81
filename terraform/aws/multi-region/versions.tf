terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # Bucket, region and key come from -backend-config (the output of ../bootstrap). The lock is a file in the bucket.
  backend "s3" {
    key          = "aws/multi-region.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}
