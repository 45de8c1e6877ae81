variable "name" {
  description = "Name of the installation and of the instance."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets without a route to the internet."
  type        = list(string)
}

variable "client_security_groups" {
  description = "Security groups that may connect, by a name for the rule."
  type        = map(string)
}

variable "kms_key_arn" {
  description = "Key for disk, snapshots, insights and the secret."
  type        = string
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

variable "replicate_from" {
  description = "ARN of the instance, in another region, that this one follows; null: a primary."
  type        = string
  default     = null
}

variable "engine_version" {
  description = "Version of Postgres."
  type        = string
  default     = "17.6"
}

variable "instance_class" {
  description = "Size."
  type        = string
  default     = "db.m7g.large"
}

variable "storage_gib" {
  description = "Disk at first; it grows by itself to five times this."
  type        = number
  default     = 100
}

variable "multi_az" {
  description = "A synchronous standby in another zone."
  type        = bool
  default     = true
}

variable "backup_retention_days" {
  description = "Days of backups with point-in-time recovery. A source of replicas needs at least 1."
  type        = number
  default     = 14

  validation {
    condition     = var.backup_retention_days >= 7 && var.backup_retention_days <= 35
    error_message = "backup_retention_days must be from 7 to 35."
  }
}

variable "deletion_protection" {
  description = "Refuse to delete the instance."
  type        = bool
  default     = true
}

variable "sslmode" {
  description = "require: encrypted. verify-full: the server's certificate is checked as well; needs NODE_EXTRA_CA_CERTS."
  type        = string
  default     = "require"

  validation {
    condition     = contains(["require", "verify-full"], var.sslmode)
    error_message = "sslmode must be require or verify-full: the server refuses connections in the clear."
  }
}
