# Flexible Server inside the network.

resource "azurerm_postgresql_flexible_server" "this" {
  name                          = var.server_name
  resource_group_name           = var.place.group
  location                      = var.place.location
  tags                          = var.place.tags
  version                       = "17"
  sku_name                      = var.sku
  storage_mb                    = 131072
  auto_grow_enabled             = true
  delegated_subnet_id           = var.subnet_id
  private_dns_zone_id           = var.zone_id
  public_network_access_enabled = false
  backup_retention_days         = 14
  geo_redundant_backup_enabled  = false

  administrator_login               = "sillage"
  administrator_password_wo         = var.password
  administrator_password_wo_version = var.password_version

  dynamic "high_availability" {
    for_each = var.production ? [1] : []
    content {
      mode = "ZoneRedundant"
    }
  }

  customer_managed_key {
    key_vault_key_id                  = var.encryption.key_id
    primary_user_assigned_identity_id = var.encryption.identity_id
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [var.encryption.identity_id]
  }

  maintenance_window {
    day_of_week = 0
    start_hour  = 4
  }

  lifecycle {
    prevent_destroy = true
    # Azure moves the primary when it fails over.
    ignore_changes = [zone, high_availability[0].standby_availability_zone]
  }
}

resource "azurerm_postgresql_flexible_server_database" "this" {
  name      = "sillage"
  server_id = azurerm_postgresql_flexible_server.this.id

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_postgresql_flexible_server_configuration" "this" {
  for_each = {
    require_secure_transport   = "on"
    log_min_duration_statement = "1000"
    log_lock_waits             = "on"
    log_checkpoints            = "on"
    log_connections            = "on"
    log_disconnections         = "on"
  }
  name      = each.key
  server_id = azurerm_postgresql_flexible_server.this.id
  value     = each.value
}

resource "azurerm_key_vault_secret" "url" {
  name         = "database-url"
  key_vault_id = var.vault_id
  content_type = "text/plain"
  tags         = var.place.tags
  # The certificate is of a public authority: it is checked.
  value_wo = join("", [
    "postgresql://${azurerm_postgresql_flexible_server.this.administrator_login}:${var.password}",
    "@${azurerm_postgresql_flexible_server.this.fqdn}:5432/${azurerm_postgresql_flexible_server_database.this.name}?sslmode=verify-full",
  ])
  value_wo_version = var.password_version
}
