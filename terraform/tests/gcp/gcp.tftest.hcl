# Stores, cluster, Cloud Run and door on Google Cloud.

mock_provider "google" {
  source          = "./mocks"
  override_during = plan
}

variables {
  project    = "project-one"
  region     = "europe-west1"
  name       = "sillage-production"
  network_id = "projects/project-one/global/networks/one"
  subnet_id  = "projects/project-one/regions/europe-west1/subnetworks/one"
  kms_key    = "projects/project-one/locations/europe-west1/keyRings/one/cryptoKeys/data"
  production = true
  password   = "not-a-password"
}

run "postgres" {
  command = plan
  module {
    source = "../../modules/gcp-postgres"
  }

  assert {
    condition     = !google_sql_database_instance.this.settings[0].ip_configuration[0].ipv4_enabled && google_sql_database_instance.this.settings[0].ip_configuration[0].ssl_mode == "ENCRYPTED_ONLY"
    error_message = "The database has no public address, and refuses connections in the clear."
  }
  assert {
    condition     = google_sql_database_instance.this.encryption_key_name == var.kms_key && google_secret_manager_secret.url.replication[0].user_managed[0].replicas[0].customer_managed_encryption[0].kms_key_name == var.kms_key
    error_message = "The database and its address are encrypted with our key."
  }
  assert {
    condition     = google_sql_database_instance.this.settings[0].availability_type == "REGIONAL" && google_sql_database_instance.this.deletion_protection && google_sql_database_instance.this.settings[0].deletion_protection_enabled
    error_message = "The database survives a zone, and whoever deletes it."
  }
  assert {
    condition     = google_sql_database_instance.this.settings[0].backup_configuration[0].point_in_time_recovery_enabled
    error_message = "Any moment of the last week can be brought back."
  }
  assert {
    condition     = google_sql_user.this.password == null && google_secret_manager_secret_version.url.secret_data == null
    error_message = "The password must not be in the state: only write-only arguments may carry it."
  }
}

run "redis" {
  command = plan
  module {
    source = "../../modules/gcp-redis"
  }

  assert {
    condition     = google_redis_instance.this.auth_enabled && google_redis_instance.this.transit_encryption_mode == "SERVER_AUTHENTICATION" && google_redis_instance.this.customer_managed_key == var.kms_key
    error_message = "The cache asks for a token, is encrypted in transit, and at rest with our key."
  }
  assert {
    condition     = google_redis_instance.this.connect_mode == "PRIVATE_SERVICE_ACCESS" && google_redis_instance.this.tier == "STANDARD_HA"
    error_message = "The cache has a private address, and a replica."
  }
  assert {
    condition     = google_redis_instance.this.redis_configs["maxmemory-policy"] == "noeviction"
    error_message = "Evicted entries of a queue are lost jobs."
  }
}

run "bucket" {
  command = plan
  module {
    source = "../../modules/gcp-bucket"
  }
  variables {
    users = { gateway = "principal://one", worker = "principal://two" }
  }

  assert {
    condition     = google_storage_bucket.this.public_access_prevention == "enforced" && google_storage_bucket.this.uniform_bucket_level_access && !google_storage_bucket.this.force_destroy
    error_message = "Nothing of the bucket may ever be public, and it is not deleted with what is in it."
  }
  assert {
    condition     = google_storage_bucket.this.encryption[0].default_kms_key_name == var.kms_key && google_storage_bucket.this.versioning[0].enabled
    error_message = "Objects are encrypted with our key and can be brought back."
  }
  assert {
    condition     = { for name, m in google_storage_bucket_iam_member.user : name => "${m.role} ${m.member}" } == { gateway = "roles/storage.objectUser principal://one", worker = "roles/storage.objectUser principal://two" }
    error_message = "Those who are named use objects, and nobody administers them."
  }
}

run "network" {
  command = plan
  module {
    source = "../../modules/gcp-network"
  }

  assert {
    condition     = !google_compute_network.this.auto_create_subnetworks && google_compute_subnetwork.workloads.private_ip_google_access && length(google_compute_subnetwork.workloads.log_config) == 1
    error_message = "Only subnets that we make, with logs."
  }
  assert {
    condition     = output.store_cidr == "10.40.128.0/20"
    error_message = "Stores have a range apart from workloads."
  }
}

run "key" {
  command = plan
  module {
    source = "../../modules/gcp-key"
  }

  assert {
    condition     = google_kms_crypto_key.this.rotation_period == "7776000s"
    error_message = "The key must rotate."
  }
  assert {
    condition     = alltrue([for m in google_kms_crypto_key_iam_member.agent : m.role == "roles/cloudkms.cryptoKeyEncrypterDecrypter" && startswith(m.member, "serviceAccount:service-123456789012@")])
    error_message = "Only this project's service agents use the key, and none administers it."
  }
}

run "cluster" {
  command = plan
  module {
    source = "../../modules/gcp-gke"
  }
  variables {
    pod_range     = "pods"
    service_range = "services"
  }

  assert {
    condition     = google_container_cluster.this.private_cluster_config[0].enable_private_nodes && google_container_cluster.this.private_cluster_config[0].enable_private_endpoint
    error_message = "Nodes have no public addresses; by default the Kubernetes API is reached from the network alone."
  }
  assert {
    condition     = google_container_cluster.this.datapath_provider == "ADVANCED_DATAPATH"
    error_message = "Without this the chart's network policies mean nothing."
  }
  assert {
    condition     = google_container_cluster.this.workload_identity_config[0].workload_pool == "project-one.svc.id.goog" && google_container_cluster.this.database_encryption[0].key_name == var.kms_key
    error_message = "Pods have identities of their own; Kubernetes secrets are sealed with our key."
  }
  assert {
    condition     = one(google_container_node_pool.this["gpu"].node_config[0].taint).key == "nvidia.com/gpu" && length(google_container_node_pool.this["general"].node_config[0].taint) == 0
    error_message = "What asks for no GPU must never land on a GPU node."
  }
  assert {
    condition     = google_container_node_pool.this["gpu"].autoscaling[0].total_min_node_count == 0 && google_container_node_pool.this["gpu"].upgrade_settings[0].max_surge == 0
    error_message = "GPU nodes cost nothing until a pool asks for one, and upgrades need no spare one."
  }
  assert {
    condition = alltrue([for p in google_container_node_pool.this :
      p.node_config[0].boot_disk_kms_key == var.kms_key && p.node_config[0].workload_metadata_config[0].mode == "GKE_METADATA" && p.node_config[0].shielded_instance_config[0].enable_secure_boot
    ])
    error_message = "Disks are encrypted with our key, and pods cannot take the node's identity."
  }
  assert {
    condition     = toset([for m in google_project_iam_member.node : m.role]) == toset(["roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader"])
    error_message = "Nodes log, measure and pull images; no more."
  }
}

run "open_api_is_refused" {
  command = plan
  module {
    source = "../../modules/gcp-gke"
  }
  variables {
    pod_range         = "pods"
    service_range     = "services"
    api_allowed_cidrs = ["0.0.0.0/0"]
  }
  expect_failures = [var.api_allowed_cidrs]
}

run "cloud_run" {
  command = plan
  module {
    source = "../../modules/gcp-cloud-run"
  }
  variables {
    image_registry  = "europe-west1-docker.pkg.dev/project-one/sillage"
    image_tag       = "1.2.3"
    bucket          = "results"
    redis_ca_secret = "redis-ca"
    secrets         = { database-url = "database-url", redis-url = "redis-url", encryption-key = "encryption-key" }
    door            = { address = "192.0.2.1", certificate_map_id = "//certificatemanager.googleapis.com/one", security_policy_id = "armor", ssl_policy_id = "tls" }
    gpu             = "nvidia-l4"
  }

  assert {
    condition     = google_cloud_run_v2_service.fleet.ingress == "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" && google_cloud_run_v2_service.fleet.default_uri_disabled
    error_message = "Only the load balancer, with its rules against floods, reaches the fleet."
  }
  assert {
    condition     = [for c in google_cloud_run_v2_service.fleet.template[0].containers : c.name] == ["auth", "gateway", "inference", "sensors"]
    error_message = "An instance is a small fleet."
  }
  assert {
    condition     = [for c in google_cloud_run_v2_service.fleet.template[0].containers : c.name if length(c.ports) > 0] == ["gateway"]
    error_message = "Only the gateway has a port to the outside."
  }
  assert {
    condition = { for c in google_cloud_run_v2_service.fleet.template[0].containers : c.name => [for e in c.env : e.name if length(e.value_source) > 0] } == {
      auth      = ["DATABASE_URL", "ENCRYPTION_KEY"]
      gateway   = ["DATABASE_URL", "ENCRYPTION_KEY", "REDIS_URL"]
      inference = ["REDIS_URL"]
      sensors   = ["DATABASE_URL"]
    }
    error_message = "Each service is given its own secrets and no other."
  }
  assert {
    condition = (
      google_cloud_run_v2_service.fleet.template[0].node_selector[0].accelerator == "nvidia-l4"
      && one([for c in google_cloud_run_v2_service.fleet.template[0].containers : c.resources[0].limits["nvidia.com/gpu"] if c.name == "inference"]) == "1"
      && one([for c in google_cloud_run_v2_service.fleet.template[0].containers : c.image if c.name == "inference"]) == "europe-west1-docker.pkg.dev/project-one/sillage/inference-cuda:1.2.3"
    )
    error_message = "The GPU goes to inference, with the image that can use it."
  }
  assert {
    condition     = length(distinct([for c in google_cloud_run_v2_service.fleet.template[0].containers : one([for e in c.env : e.value if e.name == "METRICS_PORT"])])) == 4
    error_message = "Containers of one instance share its ports."
  }
  assert {
    condition     = google_cloud_run_v2_service.fleet.template[0].scaling[0].max_instance_count == 5 && google_cloud_run_v2_service.fleet.template[0].scaling[0].min_instance_count == 1
    error_message = "Autoscaling has bounds."
  }
  assert {
    condition     = google_compute_global_forwarding_rule.this.port_range == "443" && google_compute_backend_service.fleet.security_policy == "armor"
    error_message = "Only 443 is open to the world, behind the rules against floods."
  }
}

run "cloud_run_without_gpu" {
  command = plan
  module {
    source = "../../modules/gcp-cloud-run"
  }
  variables {
    image_registry  = "europe-west1-docker.pkg.dev/project-one/sillage"
    image_tag       = "1.2.3"
    bucket          = "results"
    redis_ca_secret = "redis-ca"
    secrets         = { database-url = "database-url", redis-url = "redis-url", encryption-key = "encryption-key" }
    door            = { address = "192.0.2.1", certificate_map_id = "//certificatemanager.googleapis.com/one", security_policy_id = "armor", ssl_policy_id = "tls" }
  }

  assert {
    condition     = length(google_cloud_run_v2_service.fleet.template[0].node_selector) == 0 && alltrue([for c in google_cloud_run_v2_service.fleet.template[0].containers : !strcontains(c.image, "cuda")])
    error_message = "Without a GPU nothing asks for one."
  }
}

run "unbounded_instances_are_refused" {
  command = plan
  module {
    source = "../../modules/gcp-cloud-run"
  }
  variables {
    image_registry  = "registry"
    image_tag       = "1.2.3"
    bucket          = "results"
    redis_ca_secret = "redis-ca"
    secrets         = { database-url = "database-url", redis-url = "redis-url", encryption-key = "encryption-key" }
    door            = { address = "192.0.2.1", certificate_map_id = "one", security_policy_id = "armor", ssl_policy_id = "tls" }
    instances       = { min = 1, max = 1000 }
  }
  expect_failures = [var.instances]
}
