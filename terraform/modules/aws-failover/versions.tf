terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
      # us_east_1: where Route 53 keeps the metrics of health checks.
      configuration_aliases = [aws.us_east_1]
    }
  }
}
