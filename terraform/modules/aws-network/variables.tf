variable "name" {
  description = "Name of the installation, for example sillage-production."
  type        = string
}

variable "cidr" {
  description = "Addresses of the network. Regions that may one day be peered need ranges apart."
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr)) && endswith(var.cidr, "/16")
    error_message = "cidr must be a /16 such as 10.40.0.0/16: subnets are cut from it by the sixteenth."
  }
}

variable "zone_count" {
  description = "Availability zones used."
  type        = number
  default     = 3

  validation {
    condition     = var.zone_count >= 2 && var.zone_count <= 4
    error_message = "zone_count must be from 2 (what RDS and load balancers need) to 4."
  }
}

variable "single_nat_gateway" {
  description = "One NAT gateway for all zones: a third of the cost, and a zone whose loss cuts the way out."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "Days that flow logs are kept."
  type        = number
  default     = 365
}

variable "kms_key_arn" {
  description = "Key that encrypts the logs."
  type        = string
}
