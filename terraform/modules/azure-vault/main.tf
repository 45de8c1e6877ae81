# Keys and secrets: one key for everything at rest, and the identity by which stores use it.

data "azurerm_client_config" "current" {}

resource "azurerm_key_vault" "this" {
  name                       = var.vault_name
  resource_group_name        = var.place.group
  location                   = var.place.location
  tags                       = var.place.tags
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "premium"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
  soft_delete_retention_days = 90

  # Azure's own services, the workloads' subnets, and those who apply this.
  network_acls {
    bypass                     = "AzureServices"
    default_action             = "Deny"
    ip_rules                   = var.operator_cidrs
    virtual_network_subnet_ids = var.subnet_ids
  }
}

# Who applies this writes keys and secrets; nobody else has rights in the vault as a whole.
resource "azurerm_role_assignment" "operator" {
  for_each             = toset(["Key Vault Crypto Officer", "Key Vault Secrets Officer"])
  scope                = azurerm_key_vault.this.id
  role_definition_name = each.value
  principal_id         = data.azurerm_client_config.current.object_id
}

resource "azurerm_key_vault_key" "data" {
  name         = "data"
  key_vault_id = azurerm_key_vault.this.id
  key_type     = "RSA-HSM"
  key_size     = 3072
  key_opts     = ["wrapKey", "unwrapKey"]

  rotation_policy {
    expire_after         = "P2Y"
    notify_before_expiry = "P30D"
    automatic {
      time_after_creation = "P1Y"
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [azurerm_role_assignment.operator]
}

resource "azurerm_user_assigned_identity" "stores" {
  name                = "${var.place.name}-stores"
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
}

resource "azurerm_role_assignment" "stores" {
  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_user_assigned_identity.stores.principal_id
}
