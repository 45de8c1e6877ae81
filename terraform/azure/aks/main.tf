# Sillage on AKS.

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

locals {
  # Address of the gateway's internal load balancer: the last but two of the workloads' subnet.
  gateway_address = cidrhost(module.network.cidrs["workloads"], -6)
  secret_ids = {
    database-url   = module.postgres.url_secret_id
    redis-url      = module.redis.url_secret_id
    encryption-key = module.credentials.encryption_key_secret_id
  }
}

module "cluster" {
  source               = "../../modules/azure-aks"
  place                = local.place
  subnet_id            = module.network.subnet_ids["workloads"]
  encryption           = module.vault.encryption
  key_versionless_id   = module.vault.key_versionless_id
  production           = local.production
  admin_group_ids      = var.admin_group_ids
  api_allowed_cidrs    = var.api_allowed_cidrs
  general_nodes        = var.general_nodes
  gpu_nodes            = var.gpu_nodes
  results_container_id = module.storage.container_id
  secret_ids           = local.secret_ids
}

resource "azurerm_role_assignment" "images" {
  scope                = azurerm_container_registry.this.id
  role_definition_name = "AcrPull"
  principal_id         = module.cluster.kubelet_object_id
}
