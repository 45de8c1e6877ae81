variable "environment" {
  description = "What this installation is for; part of every name."
  type        = string

  validation {
    condition     = contains(["development", "staging", "production"], var.environment)
    error_message = "environment must be development, staging or production."
  }
}

variable "domain" {
  description = "Name that clients use, for example api.example.org."
  type        = string
}

variable "zone_name" {
  description = "Route 53 zone that holds the domain, for example example.org."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "admin_role_arns" {
  description = "IAM roles that administer the cluster."
  type        = list(string)
}

variable "api_allowed_cidrs" {
  description = "Addresses that reach the Kubernetes API from outside; empty: only from within the network."
  type        = list(string)
  default     = []
}

variable "general_nodes" {
  description = "Nodes without a GPU: instance_types, capacity_type, min, max."
  type        = any
  default     = {}
}

variable "gpu_nodes" {
  description = "Nodes with a GPU: instance_types, capacity_type, min, max."
  type        = any
  default     = {}
}

variable "database_class" {
  description = "Size of Postgres."
  type        = string
  default     = "db.m7g.large"
}

variable "cache_class" {
  description = "Size of Redis."
  type        = string
  default     = "cache.m7g.large"
}
