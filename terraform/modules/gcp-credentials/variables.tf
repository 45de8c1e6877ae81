variable "project" {
  description = "Project."
  type        = string
}

variable "region" {
  description = "Region that keeps the secrets."
  type        = string
}

variable "name" {
  description = "Name of the installation; secrets are called NAME-KEY."
  type        = string
}

variable "kms_key" {
  description = "Key that encrypts the secrets."
  type        = string
}

variable "password_version" {
  description = "Raise by one to draw a new database password; then restart the services."
  type        = number
  default     = 1
}

variable "labels" {
  description = "Labels."
  type        = map(string)
  default     = {}
}
