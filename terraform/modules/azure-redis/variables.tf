variable "place" {
  description = "Where things are made and how they are called: resource group, location, name of the installation, tags."
  type        = object({ group = string, location = string, name = string, tags = map(string) })
}

variable "cache_name" {
  description = "Name of the cache; such names are shared by all the world."
  type        = string
}

variable "subnet_id" {
  description = "Subnet of private endpoints."
  type        = string
}

variable "zone_id" {
  description = "Private DNS zone."
  type        = string
}

variable "vault_id" {
  description = "Vault that keeps REDIS_URL."
  type        = string
}

variable "encryption" {
  description = "Key for what it keeps, and the identity that uses it."
  type        = object({ key_id = string, identity_id = string })
}

variable "production" {
  description = "A replica in another zone."
  type        = bool
}

variable "sku" {
  description = "Size."
  type        = string
  default     = "Balanced_B3"
}
