variable "name" {
  description = "Name of the installation; secrets are called NAME/KEY."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the secrets."
  type        = string
}

variable "replicas" {
  description = "Regions that hold copies of the secrets, with the key of each."
  type        = map(string)
  default     = {}
}

variable "password_version" {
  description = "Raise by one to draw a new database password; then restart the services."
  type        = number
  default     = 1
}
