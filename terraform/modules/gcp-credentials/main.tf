# Secrets that Terraform makes without keeping them: drawn while it applies, written through write-only arguments, read
# back as ephemeral values. None of them is in the state or in a plan.
#
# What is used is always what was stored, never what was drawn: so an apply that broke off half-way can be repeated.

locals {
  versions = { database-password = var.password_version, encryption-key = 1 }
}

resource "google_secret_manager_secret" "this" {
  for_each            = local.versions
  project             = var.project
  secret_id           = "${var.name}-${each.key}"
  labels              = var.labels
  deletion_protection = true

  replication {
    user_managed {
      replicas {
        location = var.region
        customer_managed_encryption {
          kms_key_name = var.kms_key
        }
      }
    }
  }

  lifecycle {
    # Without the encryption key, webhook secrets and signing keys in the database are lost.
    prevent_destroy = true
  }
}

resource "google_secret_manager_secret_version" "this" {
  for_each = local.versions
  secret   = google_secret_manager_secret.this[each.key].id
  # 64 hex digits from twice 122 random bits.
  secret_data_wo         = sha256("${uuid()}${uuid()}")
  secret_data_wo_version = each.value
  deletion_policy        = "DISABLE"
}

ephemeral "google_secret_manager_secret_version" "database_password" {
  project = var.project
  secret  = google_secret_manager_secret.this["database-password"].secret_id
  version = google_secret_manager_secret_version.this["database-password"].version
}
