# Inputs and results of jobs. Blobs do not speak S3: they are mounted as a folder, by identity on AKS; where only a share
# can be mounted (Container Instances), `share` makes one.

resource "azurerm_storage_account" "this" {
  name                              = var.account_name
  resource_group_name               = var.place.group
  location                          = var.place.location
  tags                              = var.place.tags
  account_tier                      = "Standard"
  account_replication_type          = var.production ? "ZRS" : "LRS"
  min_tls_version                   = "TLS1_2"
  https_traffic_only_enabled        = true
  public_network_access_enabled     = false
  allow_nested_items_to_be_public   = false
  local_user_enabled                = false
  infrastructure_encryption_enabled = true
  # Container Instances mount shares by the account's key alone.
  shared_access_key_enabled = var.share

  blob_properties {
    versioning_enabled = true
    delete_retention_policy {
      days = 30
    }
    container_delete_retention_policy {
      days = 30
    }
  }

  share_properties {
    retention_policy {
      days = 30
    }
    smb {
      versions                = ["SMB3.1.1"]
      channel_encryption_type = ["AES-256-GCM"]
    }
  }

  customer_managed_key {
    key_vault_key_id          = var.encryption.key_id
    user_assigned_identity_id = var.encryption.identity_id
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [var.encryption.identity_id]
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_storage_container" "results" {
  name                  = "results"
  storage_account_id    = azurerm_storage_account.this.id
  container_access_type = "private"
}

resource "azurerm_storage_share" "results" {
  for_each           = toset(var.share ? ["results"] : [])
  name               = each.key
  storage_account_id = azurerm_storage_account.this.id
  quota              = 100
}

resource "azurerm_private_endpoint" "this" {
  for_each            = { for kind in var.share ? ["blob", "file"] : ["blob"] : kind => var.zone_ids[kind] }
  name                = "${var.place.name}-${each.key}"
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
  subnet_id           = var.subnet_id

  private_service_connection {
    name                           = each.key
    private_connection_resource_id = azurerm_storage_account.this.id
    subresource_names              = [each.key]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = each.key
    private_dns_zone_ids = [each.value]
  }
}
