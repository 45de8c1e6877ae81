# Inputs and results of jobs, mounted as a folder (RESULTS_DIR): access goes by the workload's identity, and there is no
# key to keep.

resource "google_storage_bucket" "this" {
  project                     = var.project
  name                        = "${var.name}-results-${var.project}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  labels                      = var.labels

  encryption {
    default_kms_key_name = var.kms_key
  }

  versioning {
    enabled = true
  }

  soft_delete_policy {
    retention_duration_seconds = 604800
  }

  # The workers delete results themselves (RESULT_RETENTION_DAYS); this removes what remains of them.
  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 30
      with_state                 = "ARCHIVED"
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age = 1
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_storage_bucket_iam_member" "user" {
  for_each = var.users
  bucket   = google_storage_bucket.this.name
  role     = "roles/storage.objectUser"
  member   = each.value
}
