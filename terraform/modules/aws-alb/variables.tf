variable "name" {
  description = "Name of the installation and of the load balancer."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name))
    error_message = "name must be 2 to 24 small letters, digits and dashes: load balancers take 32, target groups add eight."
  }
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "Public subnets."
  type        = list(string)
}

variable "kms_key_arn" {
  description = "Key that encrypts the firewall's log."
  type        = string
}

variable "target_security_group_id" {
  description = "Security group of the nodes or tasks that run the gateway."
  type        = string
}

variable "gateway_port" {
  description = "Port of the gateway."
  type        = number
}

variable "domain" {
  description = "Name that clients use, for example api.example.org."
  type        = string
}

variable "zone_id" {
  description = "Route 53 zone of the domain."
  type        = string
}

variable "allowed_cidrs" {
  description = "Addresses that may connect."
  type        = list(string)
  default     = ["0.0.0.0/0"]
}

variable "flood_limit" {
  description = "Requests of one address in five minutes beyond which it is blocked."
  type        = number
  default     = 20000
}

variable "drain_seconds" {
  description = "Seconds that a leaving pod or task has for what is in flight."
  type        = number
  default     = 60
}

variable "log_retention_days" {
  description = "Days that access logs and the log of what was blocked are kept."
  type        = number
  default     = 365
}

variable "deletion_protection" {
  description = "Refuse to delete the load balancer."
  type        = bool
  default     = true
}
