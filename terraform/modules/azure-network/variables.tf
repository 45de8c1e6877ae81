variable "place" {
  description = "Where things are made and how they are called: resource group, location, name of the installation, tags."
  type        = object({ group = string, location = string, name = string, tags = map(string) })
}

variable "cidr" {
  description = "Addresses of the network."
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr)) && endswith(var.cidr, "/16")
    error_message = "cidr must be a /16 such as 10.40.0.0/16: subnets are cut from it."
  }
}

variable "workload_delegation" {
  description = "Service of Azure that the subnet of workloads is given to; null: none."
  type        = string
  default     = null
}

variable "gateway_port" {
  description = "Port of the gateway, which the door connects to."
  type        = number
}
