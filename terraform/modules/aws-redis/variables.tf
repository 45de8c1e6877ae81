variable "name" {
  description = "Name of the installation and of the replication group."
  type        = string

  validation {
    condition     = length(var.name) <= 40
    error_message = "name must have at most 40 characters, which is what ElastiCache takes."
  }
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets without a route to the internet."
  type        = list(string)
}

variable "client_security_groups" {
  description = "Security groups that may connect, by a name for the rule."
  type        = map(string)
}

variable "kms_key_arn" {
  description = "Key for disk, snapshots and the secret."
  type        = string
}

variable "node_type" {
  description = "Size."
  type        = string
  default     = "cache.m7g.large"
}

variable "replicas" {
  description = "Replicas in other zones; with none, there is nothing to fail over to."
  type        = number
  default     = 1

  validation {
    condition     = var.replicas >= 0 && var.replicas <= 5
    error_message = "replicas must be from 0 to 5."
  }
}
