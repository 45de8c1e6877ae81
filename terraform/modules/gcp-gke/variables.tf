variable "project" {
  description = "Project."
  type        = string
}

variable "region" {
  description = "Region; nodes are spread over its zones."
  type        = string
}

variable "name" {
  description = "Name of the installation and of the cluster."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,24}$", var.name))
    error_message = "name must be 2 to 25 small letters, digits and dashes: service accounts take 30."
  }
}

variable "network_id" {
  description = "Network."
  type        = string
}

variable "subnet_id" {
  description = "Subnet of the nodes."
  type        = string
}

variable "pod_range" {
  description = "Name of the range of pods."
  type        = string
}

variable "service_range" {
  description = "Name of the range of services."
  type        = string
}

variable "kms_key" {
  description = "Key for Kubernetes secrets and disks."
  type        = string
}

variable "production" {
  description = "Protection from deletion."
  type        = bool
}

variable "api_allowed_cidrs" {
  description = "Addresses that reach the Kubernetes API from outside; empty: only from within the network."
  type        = list(string)
  default     = []

  validation {
    condition     = !contains(var.api_allowed_cidrs, "0.0.0.0/0")
    error_message = "api_allowed_cidrs must name networks: 0.0.0.0/0 would open the Kubernetes API to the world."
  }
}

variable "general_nodes" {
  description = "Nodes for everything that needs no GPU; min and max over all zones."
  type = object({
    machine_type = optional(string, "e2-standard-4")
    spot         = optional(bool, false)
    min          = optional(number, 3)
    max          = optional(number, 10)
  })
  default = {}

  validation {
    condition     = var.general_nodes.min >= 1 && var.general_nodes.max >= var.general_nodes.min
    error_message = "general_nodes: min must be at least 1, and max at least min."
  }
}

variable "gpu_nodes" {
  description = "Nodes with an NVIDIA GPU for inference; none run until a pool asks for one."
  type = object({
    machine_type = optional(string, "g2-standard-4")
    accelerator  = optional(string, "nvidia-l4")
    spot         = optional(bool, false)
    min          = optional(number, 0)
    max          = optional(number, 2)
  })
  default = {}

  validation {
    condition     = var.gpu_nodes.min >= 0 && var.gpu_nodes.max >= 1 && var.gpu_nodes.max >= var.gpu_nodes.min
    error_message = "gpu_nodes: min must be at least 0, and max at least 1 and min (set no pool to use none)."
  }
}

variable "labels" {
  description = "Labels."
  type        = map(string)
  default     = {}
}
