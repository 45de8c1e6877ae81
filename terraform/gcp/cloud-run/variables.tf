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

variable "image_tag" {
  description = "Version to run."
  type        = string
}

variable "gpu" {
  description = "GPU of each instance, for example nvidia-l4; null: none."
  type        = string
  default     = null
}

variable "instances" {
  description = "Fewest and most instances of the fleet."
  type        = object({ min = number, max = number })
  default     = { min = 1, max = 5 }
}

variable "workers" {
  description = "Instances that work on batch jobs."
  type        = number
  default     = 1
}
