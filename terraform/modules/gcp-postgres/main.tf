# Cloud SQL for Postgres with a private address alone.

resource "google_sql_database_instance" "this" {
  project             = var.project
  name                = var.name
  region              = var.region
  database_version    = "POSTGRES_17"
  encryption_key_name = var.kms_key
  # Terraform's and Google's own: neither of them lets it go by mistake.
  deletion_protection = var.production

  settings {
    tier                        = var.tier
    edition                     = "ENTERPRISE"
    availability_type           = var.production ? "REGIONAL" : "ZONAL"
    disk_type                   = "PD_SSD"
    disk_autoresize             = true
    disk_autoresize_limit       = 500
    deletion_protection_enabled = var.production
    user_labels                 = var.labels

    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network_id
      ssl_mode        = "ENCRYPTED_ONLY"
    }

    backup_configuration {
      enabled                        = true
      start_time                     = "02:00"
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7
      backup_retention_settings {
        retained_backups = 14
      }
    }

    maintenance_window {
      day  = 7
      hour = 4
    }

    insights_config {
      query_insights_enabled = true
    }

    database_flags {
      name  = "cloudsql.iam_authentication"
      value = "on"
    }
    database_flags {
      name  = "log_min_duration_statement"
      value = "1000"
    }
    database_flags {
      name  = "log_lock_waits"
      value = "on"
    }
    database_flags {
      name  = "log_checkpoints"
      value = "on"
    }
    database_flags {
      name  = "log_connections"
      value = "on"
    }
    database_flags {
      name  = "log_disconnections"
      value = "on"
    }
  }
}

resource "google_sql_database" "this" {
  project         = var.project
  instance        = google_sql_database_instance.this.name
  name            = "sillage"
  deletion_policy = "ABANDON"
}

resource "google_sql_user" "this" {
  project             = var.project
  instance            = google_sql_database_instance.this.name
  name                = "sillage"
  password_wo         = var.password
  password_wo_version = var.password_version
  deletion_policy     = "ABANDON"
}

resource "google_secret_manager_secret" "url" {
  project             = var.project
  secret_id           = "${var.name}-database-url"
  labels              = var.labels
  deletion_protection = var.production

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
}

resource "google_secret_manager_secret_version" "url" {
  secret = google_secret_manager_secret.url.id
  # Encrypted; the server's certificate is of the instance's own authority and is not checked.
  secret_data_wo = join("", [
    "postgresql://${google_sql_user.this.name}:${var.password}@${google_sql_database_instance.this.private_ip_address}:5432/",
    "${google_sql_database.this.name}?sslmode=require&uselibpqcompat=true",
  ])
  secret_data_wo_version = var.password_version
}
