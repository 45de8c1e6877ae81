variable "name" {
  description = "Name of the installation in this region; IAM roles carry it, so that each region needs its own."
  type        = string
}

variable "production" {
  description = "Stores with a standby, NAT in each zone, protection from deletion."
  type        = bool
}

variable "domain" {
  description = "Name that clients use."
  type        = string
}

variable "zone_id" {
  description = "Route 53 zone of the domain."
  type        = string
}

variable "database_password" {
  description = "Password of the database; ephemeral, so that it is in no state."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "encryption_key_secret_arn" {
  description = "Secret with ENCRYPTION_KEY, in this region."
  type        = string
}

variable "image_tag" {
  description = "Version to run."
  type        = string
}

variable "sizes" {
  description = "CPU, memory and bounds of autoscaling by service; null: those of the module."
  type        = map(object({ cpu = number, memory = number, min = number, max = number }))
  default     = null
}

variable "database_class" {
  description = "Size of Postgres."
  type        = string
  default     = "db.m7g.large"
}

variable "cache_class" {
  description = "Size of Redis."
  type        = string
  default     = "cache.m7g.large"
}
