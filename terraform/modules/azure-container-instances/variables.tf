variable "place" {
  description = "Where things are made and how they are called: resource group, location, name of the installation, tags."
  type        = object({ group = string, location = string, name = string, tags = map(string) })
}

variable "subnet_id" {
  description = "Subnet given to Container Instances."
  type        = string
}

variable "encryption" {
  description = "Key for what the group keeps, and the identity that uses it."
  type        = object({ key_id = string, identity_id = string })
}

variable "registry" {
  description = "Registry of the images: its id, and its server, for example example.azurecr.io."
  type        = object({ id = string, server = string })
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
  description = "Values of the secrets, by key of the chart's Secret."
  type        = map(string)
  sensitive   = true
}

variable "results" {
  description = "Share of inputs and results: account, its key, name of the share."
  type        = object({ account = string, key = string, share = string })
}

variable "sizes" {
  description = "CPUs and memory (GiB) by service; a group has four CPUs and sixteen GiB in most regions."
  type        = map(object({ cpu = number, memory_gib = number }))
  default = {
    auth      = { cpu = 0.5, memory_gib = 1 }
    gateway   = { cpu = 0.5, memory_gib = 1 }
    inference = { cpu = 2, memory_gib = 4 }
    sensors   = { cpu = 0.5, memory_gib = 1 }
    worker    = { cpu = 0.5, memory_gib = 1 }
  }

  validation {
    condition     = sum([for size in values(var.sizes) : size.cpu]) <= 4 && sum([for size in values(var.sizes) : size.memory_gib]) <= 16
    error_message = "sizes: all services together may have four CPUs and sixteen GiB."
  }
}

variable "environment" {
  description = "Further variables by service, for example { gateway = { LOG_LEVEL = \"debug\" } }. Nothing secret."
  type        = map(map(string))
  default     = {}
}
