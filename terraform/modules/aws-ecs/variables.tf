variable "name" {
  description = "Name of the installation and of the cluster."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets of the tasks."
  type        = list(string)
}

variable "data_cidrs" {
  description = "Addresses of the stores."
  type        = list(string)
}

variable "kms_key_arn" {
  description = "Key for logs, task storage and secrets."
  type        = string
}

variable "image_registry" {
  description = "Registry and path before the service's name, for example 123456789012.dkr.ecr.eu-west-1.amazonaws.com/sillage."
  type        = string
}

variable "image_tag" {
  description = "Version to run."
  type        = string

  validation {
    condition     = var.image_tag != "latest" && var.image_tag != ""
    error_message = "image_tag must name a version: what `latest` is changes under a running fleet."
  }
}

variable "repository_arns" {
  description = "ECR repository of each service."
  type        = map(string)
}

variable "secret_arns" {
  description = "Secrets, by key of the chart's Secret."
  type        = map(string)
}

variable "bucket" {
  description = "Bucket of inputs and results."
  type        = string
}

variable "storage_policy" {
  description = "IAM policy (JSON) of the services that keep inputs and results."
  type        = string
}

variable "target_group_arn" {
  description = "Target group of the public load balancer."
  type        = string
}

variable "target_group_arn_suffix" {
  description = "For metrics."
  type        = string
}

variable "load_balancer_arn_suffix" {
  description = "For metrics."
  type        = string
}

variable "sizes" {
  nullable    = false
  description = "By service: CPU units (1024 is one vCPU), memory in MiB, fewest and most tasks."
  type        = map(object({ cpu = number, memory = number, min = number, max = number }))
  default = {
    auth      = { cpu = 512, memory = 1024, min = 2, max = 4 }
    gateway   = { cpu = 1024, memory = 2048, min = 2, max = 10 }
    inference = { cpu = 4096, memory = 8192, min = 2, max = 10 }
    sensors   = { cpu = 512, memory = 1024, min = 2, max = 4 }
    worker    = { cpu = 512, memory = 1024, min = 1, max = 8 }
  }

  validation {
    condition     = alltrue([for size in values(var.sizes) : size.min >= 1 && size.max >= size.min && size.max <= 50])
    error_message = "sizes: each min must be at least 1, each max at least min and at most 50."
  }
}

variable "environment" {
  description = "Further variables by service, for example { gateway = { LOG_LEVEL = \"debug\" } }. Nothing secret."
  type        = map(map(string))
  default     = {}
}

variable "requests_per_minute_per_gateway" {
  description = "Requests a minute of one gateway task beyond which another one is started."
  type        = number
  default     = 6000
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 365
}
