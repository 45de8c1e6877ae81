# The public door's fixed parts: an address, a certificate, rules against floods, the name. Who listens there is the
# cluster's Gateway on GKE, and the load balancer of gcp-cloud-run on Cloud Run.

resource "google_compute_global_address" "this" {
  project = var.project
  name    = var.name
}

resource "google_dns_record_set" "this" {
  project      = var.project
  managed_zone = var.dns_zone
  name         = "${var.domain}."
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_global_address.this.address]
}

resource "google_certificate_manager_dns_authorization" "this" {
  project = var.project
  name    = var.name
  domain  = var.domain
  labels  = var.labels
}

resource "google_dns_record_set" "authorization" {
  project      = var.project
  managed_zone = var.dns_zone
  name         = google_certificate_manager_dns_authorization.this.dns_resource_record[0].name
  type         = google_certificate_manager_dns_authorization.this.dns_resource_record[0].type
  ttl          = 300
  rrdatas      = [google_certificate_manager_dns_authorization.this.dns_resource_record[0].data]
}

resource "google_certificate_manager_certificate" "this" {
  project = var.project
  name    = var.name
  labels  = var.labels

  managed {
    domains            = [var.domain]
    dns_authorizations = [google_certificate_manager_dns_authorization.this.id]
  }
}

resource "google_certificate_manager_certificate_map" "this" {
  project = var.project
  name    = var.name
  labels  = var.labels
}

resource "google_certificate_manager_certificate_map_entry" "this" {
  project      = var.project
  name         = var.name
  map          = google_certificate_manager_certificate_map.this.name
  certificates = [google_certificate_manager_certificate.this.id]
  hostname     = var.domain
  labels       = var.labels
}

resource "google_compute_ssl_policy" "this" {
  project         = var.project
  name            = var.name
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_security_policy" "this" {
  project = var.project
  name    = var.name
  type    = "CLOUD_ARMOR"

  rule {
    description = "Known ways into programs (Log4Shell and the like)"
    priority    = 1000
    action      = "deny(403)"
    match {
      expr {
        expression = "evaluatePreconfiguredWaf('cve-canary', {'sensitivity': 1})"
      }
    }
  }

  # A ceiling per address far above any tier; tiers are counted by the gateway.
  rule {
    description = "Floods from one address"
    priority    = 2000
    action      = "throttle"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = var.flood_limit
        interval_sec = 300
      }
    }
  }

  rule {
    description = "Everything else"
    priority    = 2147483647
    action      = "allow"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}
