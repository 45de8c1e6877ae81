# The cluster: nodes without public addresses, network policies enforced, one identity per workload.

resource "google_service_account" "node" {
  project      = var.project
  account_id   = "${var.name}-node"
  display_name = "Nodes of ${var.name}"
}

# Logs, metrics and pulling images; pods have identities of their own.
resource "google_project_iam_member" "node" {
  for_each = toset(["roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader"])
  project  = var.project
  role     = each.value
  member   = google_service_account.node.member
}

resource "google_container_cluster" "this" {
  project             = var.project
  name                = var.name
  location            = var.region
  network             = var.network_id
  subnetwork          = var.subnet_id
  deletion_protection = var.production
  resource_labels     = var.labels

  # Node pools are resources of their own.
  remove_default_node_pool = true
  initial_node_count       = 1

  # Cilium: what the chart's network policies rely on.
  datapath_provider     = "ADVANCED_DATAPATH"
  networking_mode       = "VPC_NATIVE"
  enable_shielded_nodes = true

  enable_intranode_visibility = true

  node_config {
    service_account   = google_service_account.node.email
    boot_disk_kms_key = var.kms_key

    workload_metadata_config {
      mode = "GKE_METADATA"
    }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }
  }

  ip_allocation_policy {
    cluster_secondary_range_name  = var.pod_range
    services_secondary_range_name = var.service_range
  }

  private_cluster_config {
    enable_private_nodes    = true
    enable_private_endpoint = length(var.api_allowed_cidrs) == 0
  }

  master_authorized_networks_config {
    dynamic "cidr_blocks" {
      for_each = var.api_allowed_cidrs
      content {
        cidr_block = cidr_blocks.value
      }
    }
  }

  master_auth {
    client_certificate_config {
      issue_client_certificate = false
    }
  }

  workload_identity_config {
    workload_pool = "${var.project}.svc.id.goog"
  }

  database_encryption {
    state    = "ENCRYPTED"
    key_name = var.kms_key
  }

  release_channel {
    channel = "REGULAR"
  }

  gateway_api_config {
    channel = "CHANNEL_STANDARD"
  }

  addons_config {
    gcs_fuse_csi_driver_config {
      enabled = true
    }
  }

  secret_manager_config {
    enabled = false
  }

  binary_authorization {
    evaluation_mode = "PROJECT_SINGLETON_POLICY_ENFORCE"
  }

  logging_config {
    enable_components = ["SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER"]
  }

  monitoring_config {
    enable_components = ["SYSTEM_COMPONENTS"]
    managed_prometheus {
      enabled = true
    }
  }

  maintenance_policy {
    recurring_window {
      start_time = "2026-01-04T04:00:00Z"
      end_time   = "2026-01-04T10:00:00Z"
      recurrence = "FREQ=WEEKLY;BYDAY=SA,SU"
    }
  }
}

locals {
  pools = {
    general = merge(var.general_nodes, { accelerator = null })
    gpu     = var.gpu_nodes
  }
}

# `general` for everything, `gpu` for pools of inference that ask for one: GKE taints nodes with GPUs by itself, and
# tolerates the taint for pods that ask for one.
resource "google_container_node_pool" "this" {
  for_each = local.pools
  project  = var.project
  cluster  = google_container_cluster.this.id
  name     = each.key

  autoscaling {
    total_min_node_count = each.value.min
    total_max_node_count = each.value.max
    location_policy      = each.value.accelerator == null ? "BALANCED" : "ANY"
  }

  management {
    auto_repair  = true
    auto_upgrade = true
  }

  # A new GPU may not be to be had: one goes before the next one comes.
  upgrade_settings {
    max_surge       = each.value.accelerator == null ? 1 : 0
    max_unavailable = each.value.accelerator == null ? 0 : 1
  }

  node_config {
    machine_type      = each.value.machine_type
    spot              = each.value.spot
    service_account   = google_service_account.node.email
    oauth_scopes      = ["https://www.googleapis.com/auth/cloud-platform"]
    disk_type         = "pd-balanced"
    disk_size_gb      = 100
    boot_disk_kms_key = var.kms_key
    image_type        = "COS_CONTAINERD"
    labels            = merge(var.labels, { "sillage.dev/nodes" = each.key })

    metadata = { disable-legacy-endpoints = "true" }

    # Pods reach their own identity, never the node's.
    workload_metadata_config {
      mode = "GKE_METADATA"
    }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }

    dynamic "guest_accelerator" {
      for_each = each.value.accelerator == null ? [] : [each.value.accelerator]
      content {
        type  = guest_accelerator.value
        count = 1
        gpu_driver_installation_config {
          gpu_driver_version = "LATEST"
        }
      }
    }

    dynamic "taint" {
      for_each = each.value.accelerator == null ? [] : [1]
      content {
        key    = "nvidia.com/gpu"
        value  = "present"
        effect = "NO_SCHEDULE"
      }
    }
  }

  lifecycle {
    # The autoscaler's.
    ignore_changes = [initial_node_count]
  }
}
