variable "project" {
  description = "Project."
  type        = string
}

variable "region" {
  description = "Region."
  type        = string
}

variable "name" {
  description = "Name of the installation and of the service."
  type        = string
}

variable "network_id" {
  description = "Network of the stores."
  type        = string
}

variable "subnet_id" {
  description = "Subnet that instances get their addresses from."
  type        = string
}

variable "kms_key" {
  description = "Key that encrypts what instances are made from."
  type        = string
}

variable "production" {
  description = "Protection from deletion."
  type        = bool
}

variable "image_registry" {
  description = "Registry and path before the service's name, for example europe-west1-docker.pkg.dev/project/sillage."
  type        = string
}

variable "image_tag" {
  description = "Version to run."
  type        = string

  validation {
    condition     = var.image_tag != "latest" && var.image_tag != ""
    error_message = "image_tag must name a version: what `latest` is changes under a running fleet."
  }
}

variable "secrets" {
  description = "Secrets, by key of the chart's Secret."
  type        = map(string)
}

variable "redis_ca_secret" {
  description = "Secret with the authority of the cache's certificate."
  type        = string
}

variable "bucket" {
  description = "Bucket of inputs and results."
  type        = string
}

variable "door" {
  description = "Outputs of gcp-door."
  type = object({
    address            = string
    certificate_map_id = string
    security_policy_id = string
    ssl_policy_id      = string
  })
}

variable "gpu" {
  description = "GPU of each instance, for example nvidia-l4; null: none, and the CPU does it."
  type        = string
  default     = null
}

variable "instances" {
  description = "Fewest and most instances. Each holds connections to Postgres: most of them times twenty should stay below what the database takes."
  type        = object({ min = number, max = number })
  default     = { min = 1, max = 5 }

  validation {
    condition     = var.instances.min >= 0 && var.instances.max >= max(1, var.instances.min) && var.instances.max <= 20
    error_message = "instances: min must be at least 0, max at least min and 1, at most 20."
  }
}

variable "workers" {
  description = "Instances that work on batch jobs."
  type        = number
  default     = 1

  validation {
    condition     = var.workers >= 0 && var.workers <= 20
    error_message = "workers must be from 0 to 20."
  }
}

variable "sizes" {
  description = "CPU and memory by service. With a GPU inference needs 4 CPUs and 16 GiB at least."
  type        = map(object({ cpu = string, memory = string }))
  nullable    = false
  default = {
    auth      = { cpu = "1", memory = "512Mi" }
    gateway   = { cpu = "1", memory = "1Gi" }
    inference = { cpu = "4", memory = "16Gi" }
    sensors   = { cpu = "1", memory = "512Mi" }
    worker    = { cpu = "1", memory = "1Gi" }
  }
}

variable "environment" {
  description = "Further variables by service, for example { gateway = { LOG_LEVEL = \"debug\" } }. Nothing secret."
  type        = map(map(string))
  default     = {}
}

variable "labels" {
  description = "Labels."
  type        = map(string)
  default     = {}
}
