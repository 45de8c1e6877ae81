# Sillage on Cloud Run, with a GPU if one is wanted.

provider "google" {
  project = var.project
  region  = var.region
}

locals {
  name       = "sillage-${var.environment}"
  production = var.environment == "production"
  labels     = { application = "sillage", environment = var.environment, managed-by = "terraform" }
}

module "facts" {
  source = "../../modules/sillage"
}

module "key" {
  source  = "../../modules/gcp-key"
  project = var.project
  region  = var.region
  name    = local.name
  labels  = local.labels
}

module "network" {
  source  = "../../modules/gcp-network"
  project = var.project
  region  = var.region
  name    = local.name
}

module "credentials" {
  source  = "../../modules/gcp-credentials"
  project = var.project
  region  = var.region
  name    = local.name
  kms_key = module.key.id
  labels  = local.labels
}

module "postgres" {
  source     = "../../modules/gcp-postgres"
  project    = var.project
  region     = var.region
  name       = local.name
  network_id = module.network.network_id
  kms_key    = module.key.id
  production = local.production
  password   = module.credentials.database_password
  tier       = var.database_tier
  labels     = local.labels
}

module "redis" {
  source     = "../../modules/gcp-redis"
  project    = var.project
  region     = var.region
  name       = local.name
  network_id = module.network.network_id
  kms_key    = module.key.id
  production = local.production
  memory_gb  = var.cache_memory_gb
  labels     = local.labels
}

module "door" {
  source   = "../../modules/gcp-door"
  project  = var.project
  name     = local.name
  domain   = var.domain
  dns_zone = var.dns_zone
  labels   = local.labels
}

module "bucket" {
  source  = "../../modules/gcp-bucket"
  project = var.project
  region  = var.region
  name    = local.name
  kms_key = module.key.id
  users   = { fleet = module.fleet.member }
  labels  = local.labels
}

resource "google_artifact_registry_repository" "this" {
  repository_id = local.name
  location      = var.region
  format        = "DOCKER"
  kms_key_name  = module.key.id
  labels        = local.labels

  docker_config {
    immutable_tags = true
  }
}

module "fleet" {
  source          = "../../modules/gcp-cloud-run"
  project         = var.project
  region          = var.region
  name            = local.name
  network_id      = module.network.network_id
  subnet_id       = module.network.subnet_id
  kms_key         = module.key.id
  production      = local.production
  image_registry  = local.registry
  image_tag       = var.image_tag
  bucket          = "${local.name}-results-${var.project}"
  redis_ca_secret = module.redis.ca_secret
  door            = module.door
  gpu             = var.gpu
  instances       = var.instances
  workers         = var.workers
  labels          = local.labels

  secrets = {
    database-url   = module.postgres.url_secret
    redis-url      = module.redis.url_secret
    encryption-key = module.credentials.encryption_key_secret
  }
}

locals {
  registry = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.this.repository_id}"
}
