variable "place" {
  description = "Where things are made and how they are called: resource group, location, name of the installation, tags."
  type        = object({ group = string, location = string, name = string, tags = map(string) })
}

variable "server_name" {
  description = "Name of the server; such names are shared by all the world."
  type        = string
}

variable "subnet_id" {
  description = "Subnet given to Postgres."
  type        = string
}

variable "zone_id" {
  description = "Private DNS zone."
  type        = string
}

variable "vault_id" {
  description = "Vault that keeps DATABASE_URL."
  type        = string
}

variable "encryption" {
  description = "Key for disk and backups, and the identity that uses it."
  type        = object({ key_id = string, identity_id = string })
}

variable "production" {
  description = "A standby in another zone."
  type        = bool
}

variable "password" {
  description = "Password of the user; ephemeral, so that it is in no state."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "password_version" {
  description = "Raised by one to write a new password."
  type        = number
  default     = 1
}

variable "sku" {
  description = "Size."
  type        = string
  default     = "GP_Standard_D2ds_v5"
}
