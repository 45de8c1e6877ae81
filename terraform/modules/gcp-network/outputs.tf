output "network_id" {
  description = "The network, once stores can have addresses in it."
  value       = google_compute_network.this.id
  depends_on  = [google_service_networking_connection.stores]
}

output "subnet_id" {
  description = "Subnet of the workloads."
  value       = google_compute_subnetwork.workloads.id
}

output "pod_range" {
  description = "Name of the range of pods."
  value       = "pods"
}

output "service_range" {
  description = "Name of the range of services."
  value       = "services"
}

output "store_cidr" {
  description = "Addresses of the stores."
  value       = "${google_compute_global_address.stores.address}/${google_compute_global_address.stores.prefix_length}"
}
