variable "project" {
  description = "Project."
  type        = string
}

variable "region" {
  description = "Region."
  type        = string
}

variable "name" {
  description = "Name of the installation and of the network."
  type        = string
}

variable "cidr" {
  description = "Addresses of nodes, services and stores."
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr)) && endswith(var.cidr, "/16")
    error_message = "cidr must be a /16 such as 10.40.0.0/16: ranges are cut from it by the sixteenth."
  }
}

variable "pod_cidr" {
  description = "Addresses of pods."
  type        = string
  default     = "10.64.0.0/16"
}
