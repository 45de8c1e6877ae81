output "member" {
  description = "The fleet's identity as IAM writes it."
  value       = google_service_account.fleet.member
}
