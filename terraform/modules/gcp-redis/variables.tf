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
  description = "Key for what it keeps and for the secrets."
  type        = string
}

variable "production" {
  description = "A replica in another zone, and protection from deletion."
  type        = bool
}

variable "memory_gb" {
  description = "Size."
  type        = number
  default     = 5
}

variable "labels" {
  description = "Labels."
  type        = map(string)
  default     = {}
}
