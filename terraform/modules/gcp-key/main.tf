# One key for everything at rest, and Google's own service agents that may use it.

data "google_project" "this" {
  project_id = var.project
}

resource "google_kms_key_ring" "this" {
  project  = var.project
  name     = var.name
  location = var.region
}

resource "google_kms_crypto_key" "this" {
  name            = "data"
  key_ring        = google_kms_key_ring.this.id
  rotation_period = "7776000s" # 90 days
  labels          = var.labels

  lifecycle {
    prevent_destroy = true
  }
}

# The agents come into being when they are asked for, which this provider cannot do (README.md, "Apply").
locals {
  number = data.google_project.this.number
  agents = {
    compute = "service-${local.number}@compute-system.iam.gserviceaccount.com"
    gke     = "service-${local.number}@container-engine-robot.iam.gserviceaccount.com"
    redis   = "service-${local.number}@cloud-redis.iam.gserviceaccount.com"
    secrets = "service-${local.number}@gcp-sa-secretmanager.iam.gserviceaccount.com"
    sql     = "service-${local.number}@gcp-sa-cloud-sql.iam.gserviceaccount.com"
    storage = "service-${local.number}@gs-project-accounts.iam.gserviceaccount.com"
  }
}

resource "google_kms_crypto_key_iam_member" "agent" {
  for_each      = local.agents
  crypto_key_id = google_kms_crypto_key.this.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${each.value}"
}
