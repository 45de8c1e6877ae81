variable "name" {
  description = "Name of the installation, for example sillage-production."
  type        = string
}
