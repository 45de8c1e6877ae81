variable "project" {
  description = "Project."
  type        = string
}

variable "region" {
  description = "Region."
  type        = string
}

variable "name" {
  description = "Name of the installation."
  type        = string
}

variable "kms_key" {
  description = "Key that encrypts the objects."
  type        = string
}

variable "users" {
  description = "Who keeps inputs and results here, as IAM writes members, by service."
  type        = map(string)
}

variable "labels" {
  description = "Labels."
  type        = map(string)
  default     = {}
}
