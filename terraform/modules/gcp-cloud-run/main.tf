# The fleet on Cloud Run. Services of Cloud Run reach each other through its front end alone, by TLS with tokens; so an
# instance here is a whole small fleet: the gateway with auth, sensors and inference beside it, on localhost, with a GPU
# if one is wanted. Workers with an inference of their own are a pool apart.

module "facts" {
  source = "../sillage"
}

locals {
  # Containers of one instance share its ports: metrics and health of each are on one of its own.
  services  = module.facts.services
  ops_ports = { for i, name in keys(local.services) : name => 9464 + i }

  fleet  = ["gateway", "auth", "inference", "sensors"]
  worker = ["worker", "inference"]

  targets = { auth = "AUTH_TARGET", inference = "INFERENCE_TARGET", sensors = "SENSORS_TARGET" }

  environment = {
    for name, service in local.services : name => merge(
      { ENVIRONMENT = "production", HOST = "127.0.0.1", METRICS_PORT = tostring(local.ops_ports[name]) },
      { SHUTDOWN_TIMEOUT_MS = "9000" }, # Cloud Run waits ten seconds
      { for to in service.calls : local.targets[to] => "127.0.0.1:${local.services[to].port}" },
      service.storage ? { RESULTS_DIR = "/results" } : {},
      contains(service.secrets, "redis-url") ? { NODE_EXTRA_CA_CERTS = "/trust/redis-ca.pem" } : {},
      name == "gateway" ? { HOST = "0.0.0.0", TRUST_PROXY_HOPS = "2" } : {},
      name == "inference" ? { DEVICE = var.gpu == null ? "cpu" : "cuda", MODEL_PATH = "/models" } : {},
      lookup(var.environment, name, {}),
    )
  }

  image = { for name in keys(local.services) :
    name => "${var.image_registry}/${name == "inference" && var.gpu != null ? "inference-cuda" : name}:${var.image_tag}"
  }
}

resource "google_service_account" "fleet" {
  project      = var.project
  account_id   = "${var.name}-run"
  display_name = "Sillage on Cloud Run"
}

resource "google_secret_manager_secret_iam_member" "fleet" {
  for_each  = merge(var.secrets, { redis-ca = var.redis_ca_secret })
  project   = var.project
  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.fleet.member
}

resource "google_cloud_run_v2_service" "fleet" {
  project              = var.project
  name                 = var.name
  location             = var.region
  deletion_protection  = var.production
  labels               = var.labels
  ingress              = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  default_uri_disabled = true
  # Callers are known by the gateway's keys, not by Google's tokens; only the load balancer reaches it.
  invoker_iam_disabled = true

  template {
    service_account                  = google_service_account.fleet.email
    encryption_key                   = var.kms_key
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    timeout                          = "330s"
    max_instance_request_concurrency = 80
    gpu_zonal_redundancy_disabled    = var.gpu == null ? null : true

    scaling {
      min_instance_count = var.instances.min
      max_instance_count = var.instances.max
    }

    vpc_access {
      egress = "ALL_TRAFFIC"
      network_interfaces {
        network    = var.network_id
        subnetwork = var.subnet_id
      }
    }

    dynamic "node_selector" {
      for_each = var.gpu == null ? [] : [var.gpu]
      content {
        accelerator = node_selector.value
      }
    }

    dynamic "containers" {
      for_each = toset(local.fleet)
      content {
        name  = containers.key
        image = local.image[containers.key]
        # The gateway starts when those it asks are there.
        depends_on = containers.key == "gateway" ? setsubtract(local.fleet, ["gateway"]) : null

        resources {
          cpu_idle          = var.gpu == null && containers.key != "inference"
          startup_cpu_boost = true
          limits = merge(
            { cpu = var.sizes[containers.key].cpu, memory = var.sizes[containers.key].memory },
            var.gpu != null && containers.key == "inference" ? { "nvidia.com/gpu" = "1" } : {},
          )
        }

        dynamic "ports" {
          for_each = containers.key == "gateway" ? [local.services["gateway"].port] : []
          content {
            name           = "http1"
            container_port = ports.value
          }
        }

        dynamic "env" {
          for_each = local.environment[containers.key]
          content {
            name  = env.key
            value = env.value
          }
        }

        dynamic "env" {
          for_each = toset(local.services[containers.key].secrets)
          content {
            name = module.facts.secret_variables[env.key]
            value_source {
              secret_key_ref {
                secret  = var.secrets[env.key]
                version = "latest"
              }
            }
          }
        }

        startup_probe {
          period_seconds    = 5
          timeout_seconds   = 3
          failure_threshold = 48
          http_get {
            path = "/health/startup"
            port = local.ops_ports[containers.key]
          }
        }

        liveness_probe {
          period_seconds    = 10
          timeout_seconds   = 5
          failure_threshold = 3
          http_get {
            path = "/health/live"
            port = local.ops_ports[containers.key]
          }
        }

        dynamic "volume_mounts" {
          for_each = merge(
            { tmp = "/tmp" },
            local.services[containers.key].storage ? { results = "/results" } : {},
            contains(local.services[containers.key].secrets, "redis-url") ? { trust = "/trust" } : {},
          )
          content {
            name       = volume_mounts.key
            mount_path = volume_mounts.value
          }
        }
      }
    }

    volumes {
      name = "tmp"
      empty_dir {
        medium     = "MEMORY"
        size_limit = "128Mi"
      }
    }

    volumes {
      name = "results"
      gcs {
        bucket        = var.bucket
        read_only     = false
        mount_options = ["uid=1000", "gid=1000"]
      }
    }

    volumes {
      name = "trust"
      secret {
        secret = var.redis_ca_secret
        items {
          path    = "redis-ca.pem"
          version = "latest"
        }
      }
    }
  }

  depends_on = [google_secret_manager_secret_iam_member.fleet]
}

resource "google_cloud_run_v2_worker_pool" "worker" {
  project             = var.project
  name                = "${var.name}-worker"
  location            = var.region
  deletion_protection = var.production
  labels              = var.labels

  scaling {
    scaling_mode          = "MANUAL"
    manual_instance_count = var.workers
  }

  template {
    service_account = google_service_account.fleet.email
    encryption_key  = var.kms_key

    vpc_access {
      egress = "ALL_TRAFFIC"
      network_interfaces {
        network    = var.network_id
        subnetwork = var.subnet_id
      }
    }

    dynamic "containers" {
      for_each = toset(local.worker)
      content {
        name  = containers.key
        image = "${var.image_registry}/${containers.key}:${var.image_tag}"

        resources {
          limits = { cpu = var.sizes[containers.key].cpu, memory = var.sizes[containers.key].memory }
        }

        dynamic "env" {
          for_each = merge(local.environment[containers.key], containers.key == "inference" ? { DEVICE = "cpu" } : {})
          content {
            name  = env.key
            value = env.value
          }
        }

        dynamic "env" {
          for_each = toset(local.services[containers.key].secrets)
          content {
            name = module.facts.secret_variables[env.key]
            value_source {
              secret_key_ref {
                secret  = var.secrets[env.key]
                version = "latest"
              }
            }
          }
        }

        liveness_probe {
          period_seconds    = 10
          timeout_seconds   = 5
          failure_threshold = 3
          http_get {
            path = "/health/live"
            port = local.ops_ports[containers.key]
          }
        }

        dynamic "volume_mounts" {
          for_each = merge({ tmp = "/tmp", trust = "/trust" }, containers.key == "worker" ? { results = "/results" } : {})
          content {
            name       = volume_mounts.key
            mount_path = volume_mounts.value
          }
        }
      }
    }

    volumes {
      name = "tmp"
      empty_dir {
        medium     = "MEMORY"
        size_limit = "128Mi"
      }
    }

    volumes {
      name = "results"
      gcs {
        bucket        = var.bucket
        read_only     = false
        mount_options = ["uid=1000", "gid=1000"]
      }
    }

    volumes {
      name = "trust"
      secret {
        secret = var.redis_ca_secret
        items {
          path    = "redis-ca.pem"
          version = "latest"
        }
      }
    }
  }

  depends_on = [google_secret_manager_secret_iam_member.fleet]
}
