# Azure Managed Redis: queue, limits and shared rows. Jobs themselves are rows in Postgres.

resource "azurerm_managed_redis" "this" {
  name                      = var.cache_name
  resource_group_name       = var.place.group
  location                  = var.place.location
  tags                      = var.place.tags
  sku_name                  = var.sku
  high_availability_enabled = var.production
  public_network_access     = "Disabled"

  default_database {
    client_protocol                             = "Encrypted"
    access_keys_authentication_enabled          = true
    clustering_policy                           = "NoCluster"
    eviction_policy                             = "NoEviction" # evicted entries of a queue are lost jobs
    persistence_redis_database_backup_frequency = "1h"
  }

  customer_managed_key {
    key_vault_key_id          = var.encryption.key_id
    user_assigned_identity_id = var.encryption.identity_id
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [var.encryption.identity_id]
  }
}

resource "azurerm_private_endpoint" "this" {
  name                = "${var.place.name}-redis"
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
  subnet_id           = var.subnet_id

  private_service_connection {
    name                           = "redis"
    private_connection_resource_id = azurerm_managed_redis.this.id
    subresource_names              = ["redisEnterprise"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "redis"
    private_dns_zone_ids = [var.zone_id]
  }
}

# Azure draws the access key and tells it to whoever made the cache: it is in the state, there is no other way. Here it
# is written without being kept a second time.
resource "azurerm_key_vault_secret" "url" {
  name         = "redis-url"
  key_vault_id = var.vault_id
  content_type = "text/plain"
  tags         = var.place.tags
  value_wo = join("", [
    "rediss://:${urlencode(azurerm_managed_redis.this.default_database[0].primary_access_key)}",
    "@${azurerm_managed_redis.this.hostname}:${azurerm_managed_redis.this.default_database[0].port}",
  ])
  value_wo_version = 1
}
