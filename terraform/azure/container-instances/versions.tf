terraform {
  required_version = ">= 1.11.0"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.2"
    }
  }

  # The account comes from -backend-config (the output of ../bootstrap). A lease of the blob is the lock.
  backend "azurerm" {
    key              = "azure/container-instances.tfstate"
    use_azuread_auth = true
  }
}
