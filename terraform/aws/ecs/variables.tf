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

variable "image_tag" {
  description = "Version to run."
  type        = string
}

variable "sizes" {
  description = "CPU, memory and bounds of autoscaling by service; null: those of the module."
  type        = map(object({ cpu = number, memory = number, min = number, max = number }))
  default     = null
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
