variable "project" {
  description = "Project."
  type        = string
}

variable "region" {
  description = "Region."
  type        = string
}

variable "name" {
  description = "Name of the installation and of the instance."
  type        = string
}

variable "network_id" {
  description = "Network in which it has its address."
  type        = string
}

variable "kms_key" {
  description = "Key for disk, backups and the secret."
  type        = string
}

variable "production" {
  description = "A standby in another zone, and protection from deletion."
  type        = bool
}

variable "password" {
  description = "Password of the user; ephemeral, so that it is in no state."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "password_version" {
  description = "Raised by one to write a new password."
  type        = number
  default     = 1
}

variable "tier" {
  description = "Size."
  type        = string
  default     = "db-custom-2-8192"
}

variable "labels" {
  description = "Labels."
  type        = map(string)
  default     = {}
}
