# Memorystore for Redis: queue, limits and shared rows. Jobs themselves are rows in Postgres.

resource "google_redis_instance" "this" {
  project                 = var.project
  name                    = var.name
  region                  = var.region
  tier                    = var.production ? "STANDARD_HA" : "BASIC"
  memory_size_gb          = var.memory_gb
  redis_version           = "REDIS_7_2"
  authorized_network      = var.network_id
  connect_mode            = "PRIVATE_SERVICE_ACCESS"
  auth_enabled            = true
  transit_encryption_mode = "SERVER_AUTHENTICATION"
  customer_managed_key    = var.kms_key
  deletion_protection     = var.production
  labels                  = var.labels

  # A queue whose entries are evicted loses them without a word.
  redis_configs = { maxmemory-policy = "noeviction" }

  persistence_config {
    persistence_mode    = "RDB"
    rdb_snapshot_period = "ONE_HOUR"
  }

  maintenance_policy {
    weekly_maintenance_window {
      day = "SUNDAY"
      start_time {
        hours = 5
      }
    }
  }
}

locals {
  secrets = {
    # Google draws the instance's token and tells it to whoever made it: it is in the state, there is no other way.
    redis-url = "rediss://:${google_redis_instance.this.auth_string}@${google_redis_instance.this.host}:${google_redis_instance.this.port}"
    # The instance's certificate is of an authority of its own; services trust it by NODE_EXTRA_CA_CERTS.
    redis-ca = join("\n", google_redis_instance.this.server_ca_certs[*].cert)
  }
}

resource "google_secret_manager_secret" "this" {
  for_each            = toset(["redis-url", "redis-ca"])
  project             = var.project
  secret_id           = "${var.name}-${each.key}"
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

resource "google_secret_manager_secret_version" "this" {
  for_each               = google_secret_manager_secret.this
  secret                 = each.value.id
  secret_data_wo         = local.secrets[each.key]
  secret_data_wo_version = 1
}
