# The bucket that holds the state of everything else, and the APIs that it uses. Applied once, by hand, with its own
# state kept beside it:
#   terraform -chdir=terraform/gcp/bootstrap init && terraform -chdir=terraform/gcp/bootstrap apply

provider "google" {
  project = var.project
  region  = var.region
}

resource "google_project_service" "api" {
  for_each = toset([
    "artifactregistry.googleapis.com", "certificatemanager.googleapis.com", "cloudkms.googleapis.com",
    "compute.googleapis.com", "container.googleapis.com", "dns.googleapis.com", "redis.googleapis.com",
    "run.googleapis.com", "secretmanager.googleapis.com", "servicenetworking.googleapis.com", "sqladmin.googleapis.com",
  ])
  service            = each.value
  disable_on_destroy = false
}

resource "google_kms_key_ring" "state" {
  name     = "sillage-state"
  location = var.region

  depends_on = [google_project_service.api]
}

resource "google_kms_crypto_key" "state" {
  name            = "state"
  key_ring        = google_kms_key_ring.state.id
  rotation_period = "7776000s" # 90 days

  lifecycle {
    prevent_destroy = true
  }
}

data "google_storage_project_service_account" "this" {}

resource "google_kms_crypto_key_iam_member" "state" {
  crypto_key_id = google_kms_crypto_key.state.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = data.google_storage_project_service_account.this.member
}

# The bucket's own generations lock and keep the state: the gcs backend needs nothing beside it.
resource "google_storage_bucket" "state" {
  name                        = "sillage-state-${var.project}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  encryption {
    default_kms_key_name = google_kms_crypto_key.state.id
  }

  versioning {
    enabled = true
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_kms_crypto_key_iam_member.state]
}
