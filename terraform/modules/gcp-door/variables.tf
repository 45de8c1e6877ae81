variable "project" {
  description = "Project."
  type        = string
}

variable "name" {
  description = "Name of the installation."
  type        = string
}

variable "domain" {
  description = "Name that clients use, for example api.example.org."
  type        = string
}

variable "dns_zone" {
  description = "Cloud DNS zone (its name in the project) of the domain."
  type        = string
}

variable "flood_limit" {
  description = "Requests of one address in five minutes beyond which it is refused."
  type        = number
  default     = 20000
}

variable "labels" {
  description = "Labels."
  type        = map(string)
  default     = {}
}
