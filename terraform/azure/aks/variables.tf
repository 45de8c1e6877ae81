variable "environment" {
  description = "What this installation is for; part of every name."
  type        = string

  validation {
    condition     = contains(["development", "staging", "production"], var.environment)
    error_message = "environment must be development, staging or production."
  }
}

variable "subscription_id" {
  description = "Subscription."
  type        = string
}

variable "location" {
  description = "Location, one with three zones."
  type        = string
}

variable "domain" {
  description = "Name that clients use, for example api.example.org."
  type        = string
}

variable "dns" {
  description = "Where the name is kept: resource group, zone, and the record in it (\"@\" for the zone itself)."
  type        = object({ group = string, zone = string, record = string })
}

variable "certificate_name" {
  description = "Certificate of the domain in the vault, brought or ordered there before the door is made."
  type        = string
  default     = "door"
}

variable "operator_cidrs" {
  description = "Addresses from which Terraform is run."
  type        = list(string)
}

variable "database_sku" {
  description = "Size of Postgres."
  type        = string
  default     = "GP_Standard_D2ds_v5"
}

variable "cache_sku" {
  description = "Size of Redis."
  type        = string
  default     = "Balanced_B3"
}

variable "admin_group_ids" {
  description = "Groups of Entra that administer the cluster."
  type        = list(string)
}

variable "api_allowed_cidrs" {
  description = "Addresses that reach the Kubernetes API from outside; empty: only from within the network."
  type        = list(string)
  default     = []
}

variable "general_nodes" {
  description = "Nodes without a GPU: vm_size, min, max."
  type        = any
  default     = {}
}

variable "gpu_nodes" {
  description = "Nodes with a GPU: vm_size, spot, min, max."
  type        = any
  default     = {}
}
