variable "name" {
  description = "Name of the installation in this region; IAM roles carry it, so that each region needs its own."
  type        = string
}

variable "production" {
  description = "Stores with a standby, NAT in each zone, protection from deletion."
  type        = bool
}

variable "cidr" {
  description = "Addresses of the network."
  type        = string
  default     = "10.40.0.0/16"
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

variable "password_version" {
  description = "Raised by one to write a new password."
  type        = number
  default     = 1
}

variable "encryption_key_secret_arn" {
  description = "Secret with ENCRYPTION_KEY, in this region."
  type        = string
}

variable "replicate_database_from" {
  description = "ARN of the instance that the database follows; null: it is the primary."
  type        = string
  default     = null
}

variable "replicate_bucket_to" {
  description = "Bucket in another region that gets copies, and its key; null: none."
  type        = object({ bucket_arn = string, kms_key_arn = string })
  default     = null
}

variable "admin_role_arns" {
  description = "IAM roles that administer the cluster."
  type        = list(string)
}

variable "api_allowed_cidrs" {
  description = "Addresses that reach the Kubernetes API from outside; empty: only from within the network."
  type        = list(string)
  default     = []
}

variable "general_nodes" {
  description = "Nodes without a GPU, as aws-eks takes them."
  type        = any
  default     = {}
}

variable "gpu_nodes" {
  description = "Nodes with a GPU, as aws-eks takes them."
  type        = any
  default     = {}
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
