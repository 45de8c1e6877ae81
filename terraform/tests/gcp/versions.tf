# Modules of ../../modules, planned with a mocked provider: nothing is asked of AWS, no account is needed.
#   terraform -chdir=terraform/tests/aws init -backend=false && terraform -chdir=terraform/tests/aws test
terraform {
  required_version = ">= 1.11.0"
}
