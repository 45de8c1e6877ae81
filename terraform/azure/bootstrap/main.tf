# The account that holds the state of everything else. Applied once, by hand, with its own state kept beside it:
#   terraform -chdir=terraform/azure/bootstrap init && terraform -chdir=terraform/azure/bootstrap apply

provider "azurerm" {
  features {}
  subscription_id     = var.subscription_id
  storage_use_azuread = true
}

data "azurerm_client_config" "current" {}

resource "azurerm_resource_group" "state" {
  name     = "sillage-state"
  location = var.location
}

resource "azurerm_storage_account" "state" {
  name                              = "sillagestate${substr(sha256(var.subscription_id), 0, 8)}"
  resource_group_name               = azurerm_resource_group.state.name
  location                          = azurerm_resource_group.state.location
  account_tier                      = "Standard"
  account_replication_type          = "GZRS"
  min_tls_version                   = "TLS1_2"
  https_traffic_only_enabled        = true
  shared_access_key_enabled         = false
  default_to_oauth_authentication   = true
  allow_nested_items_to_be_public   = false
  local_user_enabled                = false
  infrastructure_encryption_enabled = true

  network_rules {
    default_action = "Deny"
    bypass         = ["AzureServices"]
    ip_rules       = var.operator_cidrs
  }

  blob_properties {
    versioning_enabled = true
    delete_retention_policy {
      days = 365
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

# Leases of blobs lock the state: the azurerm backend needs nothing beside the container.
resource "azurerm_storage_container" "state" {
  name                  = "state"
  storage_account_id    = azurerm_storage_account.state.id
  container_access_type = "private"
}

resource "azurerm_role_assignment" "operator" {
  scope                = azurerm_storage_container.state.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = data.azurerm_client_config.current.object_id
}
