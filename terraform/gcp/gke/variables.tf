variable "environment" {
  description = "What this installation is for; part of every name."
  type        = string

  validation {
    condition     = contains(["development", "staging", "production"], var.environment)
    error_message = "environment must be development, staging or production."
  }
}

variable "project" {
  description = "Project."
  type        = string
}

variable "region" {
  description = "Region."
  type        = string
}

variable "domain" {
  description = "Name that clients use, for example api.example.org."
  type        = string
}

variable "dns_zone" {
  description = "Cloud DNS zone (its name in the project) of the domain."
  type        = string
}

variable "database_tier" {
  description = "Size of Postgres."
  type        = string
  default     = "db-custom-2-8192"
}

variable "cache_memory_gb" {
  description = "Size of Redis."
  type        = number
  default     = 5
}

variable "api_allowed_cidrs" {
  description = "Addresses that reach the Kubernetes API from outside; empty: only from within the network."
  type        = list(string)
  default     = []
}

variable "general_nodes" {
  description = "Nodes without a GPU: machine_type, spot, min, max."
  type        = any
  default     = {}
}

variable "gpu_nodes" {
  description = "Nodes with a GPU: machine_type, accelerator, spot, min, max."
  type        = any
  default     = {}
}
