# What Google would say, where it matters for a plan.
mock_data "google_project" {
  defaults = { number = "123456789012" }
}
mock_resource "google_service_account" {
  defaults = { email = "one@project.iam.gserviceaccount.com", member = "serviceAccount:one@project.iam.gserviceaccount.com" }
}
