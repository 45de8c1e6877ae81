output "address" {
  description = "The public address."
  value       = google_compute_global_address.this.address
}

output "address_name" {
  description = "Its name in the project."
  value       = google_compute_global_address.this.name
}

output "certificate_map" {
  description = "Name of the certificate map, once it has an entry."
  value       = google_certificate_manager_certificate_map.this.name
  depends_on  = [google_certificate_manager_certificate_map_entry.this]
}

output "certificate_map_id" {
  description = "The same as load balancers take it."
  value       = "//certificatemanager.googleapis.com/${google_certificate_manager_certificate_map.this.id}"
  depends_on  = [google_certificate_manager_certificate_map_entry.this]
}

output "security_policy" {
  description = "Name of the rules against floods."
  value       = google_compute_security_policy.this.name
}

output "security_policy_id" {
  description = "The same as load balancers take it."
  value       = google_compute_security_policy.this.id
}

output "ssl_policy" {
  description = "Name of the policy for TLS."
  value       = google_compute_ssl_policy.this.name
}

output "ssl_policy_id" {
  description = "The same as load balancers take it."
  value       = google_compute_ssl_policy.this.id
}
