variable "place" {
  description = "Where things are made and how they are called: resource group, location, name of the installation, tags."
  type        = object({ group = string, location = string, name = string, tags = map(string) })
}

variable "kubernetes_version" {
  description = "Version of Kubernetes."
  type        = string
  default     = "1.34"
}

variable "subnet_id" {
  description = "Subnet of the nodes."
  type        = string
}

variable "encryption" {
  description = "Key for disks, and the identity that uses it."
  type        = object({ key_id = string, identity_id = string })
}

variable "key_versionless_id" {
  description = "The key, whatever its version."
  type        = string
}

variable "production" {
  description = "With a promised availability of the API."
  type        = bool
}

variable "admin_group_ids" {
  description = "Groups of Entra that administer the cluster."
  type        = list(string)
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
  description = "Nodes for everything that needs no GPU."
  type = object({
    vm_size = optional(string, "Standard_D4ds_v5")
    min     = optional(number, 3)
    max     = optional(number, 10)
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
    vm_size = optional(string, "Standard_NC4as_T4_v3")
    spot    = optional(bool, false)
    min     = optional(number, 0)
    max     = optional(number, 2)
  })
  default = {}

  validation {
    condition     = var.gpu_nodes.min >= 0 && var.gpu_nodes.max >= 1 && var.gpu_nodes.max >= var.gpu_nodes.min
    error_message = "gpu_nodes: min must be at least 0, and max at least 1 and min (set no pool to use none)."
  }
}

variable "results_container_id" {
  description = "Blob container of inputs and results."
  type        = string
}

variable "secret_ids" {
  description = "Secrets that come into the cluster, by key of the chart's Secret."
  type        = map(string)
}
