variable "place" {
  description = "Where things are made and how they are called: resource group, location, name of the installation, tags."
  type        = object({ group = string, location = string, name = string, tags = map(string) })
}

variable "account_name" {
  description = "Name of the account; such names are shared by all the world."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]{3,24}$", var.account_name))
    error_message = "account_name must be 3 to 24 small letters and digits."
  }
}

variable "subnet_id" {
  description = "Subnet of private endpoints."
  type        = string
}

variable "zone_ids" {
  description = "Private DNS zones: blob, file."
  type        = map(string)
}

variable "encryption" {
  description = "Key for what it keeps, and the identity that uses it."
  type        = object({ key_id = string, identity_id = string })
}

variable "production" {
  description = "Copies in three zones."
  type        = bool
}

variable "share" {
  description = "Also a share, mounted by the account's key."
  type        = bool
  default     = false
}
