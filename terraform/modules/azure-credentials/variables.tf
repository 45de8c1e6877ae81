variable "place" {
  description = "Where things are made and how they are called: resource group, location, name of the installation, tags."
  type        = object({ group = string, location = string, name = string, tags = map(string) })
}

variable "vault_id" {
  description = "Vault that keeps them."
  type        = string
}

variable "password_version" {
  description = "Raise by one to draw a new database password; then restart the services."
  type        = number
  default     = 1
}
