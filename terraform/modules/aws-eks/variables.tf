variable "name" {
  description = "Name of the installation and of the cluster."
  type        = string
}

variable "kubernetes_version" {
  description = "Version of Kubernetes."
  type        = string
  default     = "1.34"
}

variable "subnet_ids" {
  description = "Private subnets of nodes and pods."
  type        = list(string)
}

variable "kms_key_arn" {
  description = "Key for Kubernetes secrets, disks and logs."
  type        = string
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

variable "admin_role_arns" {
  description = "IAM roles that administer the cluster. Who makes it gets no rights in it by itself."
  type        = list(string)
}

variable "general_nodes" {
  description = "Nodes for everything that needs no GPU."
  type = object({
    instance_types = optional(list(string), ["m7i.xlarge"])
    capacity_type  = optional(string, "ON_DEMAND")
    min            = optional(number, 3)
    max            = optional(number, 10)
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
    instance_types = optional(list(string), ["g6.xlarge"])
    capacity_type  = optional(string, "ON_DEMAND")
    min            = optional(number, 0)
    max            = optional(number, 2)
  })
  default = {}

  validation {
    condition     = var.gpu_nodes.min >= 0 && var.gpu_nodes.max >= 1 && var.gpu_nodes.max >= var.gpu_nodes.min
    error_message = "gpu_nodes: min must be at least 0, and max at least 1 and min (set no pool to use none)."
  }
}

variable "namespace" {
  description = "Namespace that Sillage is installed in."
  type        = string
  default     = "sillage"
}

variable "release" {
  description = "Name of the Helm release; service accounts are called RELEASE-SERVICE."
  type        = string
  default     = "sillage"
}

variable "storage_policy" {
  description = "IAM policy (JSON) of the services that keep inputs and results."
  type        = string
}

variable "secret_arns" {
  description = "Secrets that come into the cluster, by key of the chart's Secret."
  type        = map(string)
}

variable "target_group_arn" {
  description = "Target group of the public load balancer."
  type        = string
}

variable "log_retention_days" {
  description = "Days that logs of the control plane are kept."
  type        = number
  default     = 365
}
