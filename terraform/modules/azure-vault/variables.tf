variable "place" {
  description = "Where things are made and how they are called: resource group, location, name of the installation, tags."
  type        = object({ group = string, location = string, name = string, tags = map(string) })
}

variable "vault_name" {
  description = "Name of the vault; such names are shared by all the world."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,23}$", var.vault_name))
    error_message = "vault_name must be 3 to 24 small letters, digits and dashes."
  }
}

variable "operator_cidrs" {
  description = "Addresses from which this is applied."
  type        = list(string)

  validation {
    condition     = !contains(var.operator_cidrs, "0.0.0.0/0")
    error_message = "operator_cidrs must name networks: 0.0.0.0/0 would open the vault to the world."
  }
}

variable "subnet_ids" {
  description = "Subnets of workloads that read secrets."
  type        = list(string)
}
