# Sillage on Container Instances.

provider "azurerm" {
  features {}
  subscription_id     = var.subscription_id
  storage_use_azuread = true
}

locals {
  name       = "sillage-${var.environment}"
  production = var.environment == "production"
  # Names of stores are shared by all the world.
  unique = substr(sha256("${var.subscription_id}/${local.name}"), 0, 8)
  place = {
    group    = azurerm_resource_group.this.name
    location = azurerm_resource_group.this.location
    name     = local.name
    tags     = { application = "sillage", environment = var.environment, managed-by = "terraform" }
  }
}

resource "azurerm_resource_group" "this" {
  name     = local.name
  location = var.location
}

# Whoever deletes any of it must take this away first.
resource "azurerm_management_lock" "this" {
  for_each   = toset(local.production ? ["production"] : [])
  name       = each.key
  scope      = azurerm_resource_group.this.id
  lock_level = "CanNotDelete"
}

module "facts" {
  source = "../../modules/sillage"
}

module "network" {
  source       = "../../modules/azure-network"
  place        = local.place
  gateway_port = module.facts.services["gateway"].port

  workload_delegation = "Microsoft.ContainerInstance/containerGroups"
}

module "vault" {
  source         = "../../modules/azure-vault"
  place          = local.place
  vault_name     = "sillage-${local.unique}"
  operator_cidrs = var.operator_cidrs
  subnet_ids     = [module.network.subnet_ids["workloads"]]
}

module "credentials" {
  source   = "../../modules/azure-credentials"
  place    = local.place
  vault_id = module.vault.id
}

module "postgres" {
  source      = "../../modules/azure-postgres"
  place       = local.place
  server_name = "sillage-${local.unique}"
  subnet_id   = module.network.subnet_ids["postgres"]
  zone_id     = module.network.zone_ids["postgres"]
  vault_id    = module.vault.id
  encryption  = module.vault.encryption
  production  = local.production
  password    = module.credentials.database_password
  sku         = var.database_sku
}

module "redis" {
  source     = "../../modules/azure-redis"
  place      = local.place
  cache_name = "sillage-${local.unique}"
  subnet_id  = module.network.subnet_ids["endpoints"]
  zone_id    = module.network.zone_ids["redis"]
  vault_id   = module.vault.id
  encryption = module.vault.encryption
  production = local.production
  sku        = var.cache_sku
}

module "storage" {
  source       = "../../modules/azure-storage"
  place        = local.place
  account_name = "sillage${local.unique}"
  subnet_id    = module.network.subnet_ids["endpoints"]
  zone_ids     = module.network.zone_ids
  encryption   = module.vault.encryption
  production   = local.production
  share        = true
}

resource "azurerm_container_registry" "this" {
  name                          = "sillage${local.unique}"
  resource_group_name           = azurerm_resource_group.this.name
  location                      = azurerm_resource_group.this.location
  tags                          = local.place.tags
  sku                           = "Premium"
  admin_enabled                 = false
  anonymous_pull_enabled        = false
  zone_redundancy_enabled       = local.production
  retention_policy_in_days      = 30
  public_network_access_enabled = true # pushed to from CI, pulled by identity

  encryption {
    key_vault_key_id   = module.vault.encryption.key_id
    identity_client_id = module.vault.identity_client_id
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [module.vault.encryption.identity_id]
  }
}

module "door" {
  source            = "../../modules/azure-door"
  place             = local.place
  subnet_id         = module.network.subnet_ids["door"]
  vault_id          = module.vault.id
  vault_uri         = module.vault.uri
  certificate_name  = var.certificate_name
  domain            = var.domain
  dns               = var.dns
  gateway_addresses = [local.gateway_address]
  gateway_port      = module.facts.services["gateway"].port
  production        = local.production
}

# Container Instances take values of secrets, not references: unlike everywhere else they pass through the state.
data "azurerm_key_vault_secret" "this" {
  for_each     = toset(["database-url", "redis-url", "encryption-key"])
  name         = each.key
  key_vault_id = module.vault.id

  depends_on = [module.postgres, module.redis, module.credentials]
}

module "fleet" {
  source     = "../../modules/azure-container-instances"
  place      = local.place
  subnet_id  = module.network.subnet_ids["workloads"]
  encryption = module.vault.encryption
  registry   = { id = azurerm_container_registry.this.id, server = azurerm_container_registry.this.login_server }
  image_tag  = var.image_tag
  secrets    = { for key, secret in data.azurerm_key_vault_secret.this : key => secret.value }
  results    = { account = module.storage.account_name, key = module.storage.account_key, share = module.storage.share_name }
}

locals {
  gateway_address = module.fleet.address
}
