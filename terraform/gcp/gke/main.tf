# Sillage on GKE.

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

# Kubernetes service accounts are principals of IAM themselves: no keys, no service accounts of Google's in between.
data "google_project" "this" {}

locals {
  pool      = "iam.googleapis.com/projects/${data.google_project.this.number}/locations/global/workloadIdentityPools/${var.project}.svc.id.goog"
  principal = "principal://${local.pool}/subject/ns"
  storage   = [for name, service in module.facts.services : name if service.storage]
  secrets = {
    database-url   = module.postgres.url_secret
    redis-url      = module.redis.url_secret
    encryption-key = module.credentials.encryption_key_secret
  }
}

module "bucket" {
  source  = "../../modules/gcp-bucket"
  project = var.project
  region  = var.region
  name    = local.name
  kms_key = module.key.id
  users   = { for name in local.storage : name => "${local.principal}/sillage/sa/sillage-${name}" }
  labels  = local.labels

  depends_on = [module.cluster]
}

# The External Secrets operator brings Sillage's secrets into the cluster, and no other.
resource "google_secret_manager_secret_iam_member" "external_secrets" {
  for_each  = merge(local.secrets, { redis-ca = module.redis.ca_secret })
  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = "${local.principal}/external-secrets/sa/external-secrets"

  depends_on = [module.cluster]
}

module "cluster" {
  source            = "../../modules/gcp-gke"
  project           = var.project
  region            = var.region
  name              = local.name
  network_id        = module.network.network_id
  subnet_id         = module.network.subnet_id
  pod_range         = module.network.pod_range
  service_range     = module.network.service_range
  kms_key           = module.key.id
  production        = local.production
  api_allowed_cidrs = var.api_allowed_cidrs
  general_nodes     = var.general_nodes
  gpu_nodes         = var.gpu_nodes
  labels            = local.labels
}
