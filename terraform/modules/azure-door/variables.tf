variable "place" {
  description = "Where things are made and how they are called: resource group, location, name of the installation, tags."
  type        = object({ group = string, location = string, name = string, tags = map(string) })
}

variable "subnet_id" {
  description = "Subnet of the door alone."
  type        = string
}

variable "vault_id" {
  description = "Vault with the certificate."
  type        = string
}

variable "vault_uri" {
  description = "Its address, ending in a slash."
  type        = string
}

variable "certificate_name" {
  description = "Name of the certificate in the vault."
  type        = string
}

variable "domain" {
  description = "Name that clients use, for example api.example.org."
  type        = string
}

variable "dns" {
  description = "Where the name is kept: resource group, zone, and the record in it (\"@\" for the zone itself)."
  type        = object({ group = string, zone = string, record = string })
}

variable "gateway_addresses" {
  description = "Private addresses of the gateway."
  type        = list(string)
}

variable "gateway_port" {
  description = "Port of the gateway."
  type        = number
}

variable "flood_limit" {
  description = "Requests of one address in five minutes beyond which it is blocked."
  type        = number
  default     = 20000
}

variable "production" {
  description = "Two instances at least."
  type        = bool
}
