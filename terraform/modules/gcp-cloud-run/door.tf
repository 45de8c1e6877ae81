# From the public address to the fleet: HTTPS alone.

resource "google_compute_region_network_endpoint_group" "fleet" {
  project               = var.project
  name                  = var.name
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloud_run_v2_service.fleet.name
  }
}

resource "google_compute_backend_service" "fleet" {
  project               = var.project
  name                  = var.name
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = var.door.security_policy_id

  backend {
    group = google_compute_region_network_endpoint_group.fleet.id
  }

  log_config {
    enable      = true
    sample_rate = 0.1
  }
}

resource "google_compute_url_map" "this" {
  project         = var.project
  name            = var.name
  default_service = google_compute_backend_service.fleet.id
}

resource "google_compute_target_https_proxy" "this" {
  project         = var.project
  name            = var.name
  url_map         = google_compute_url_map.this.id
  certificate_map = var.door.certificate_map_id
  ssl_policy      = var.door.ssl_policy_id
}

resource "google_compute_global_forwarding_rule" "this" {
  project               = var.project
  name                  = var.name
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = var.door.address
  port_range            = "443"
  target                = google_compute_target_https_proxy.this.id
  labels                = var.labels
}
