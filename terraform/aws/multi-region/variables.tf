variable "environment" {
  description = "What this installation is for; part of every name."
  type        = string

  validation {
    condition     = contains(["development", "staging", "production"], var.environment)
    error_message = "environment must be development, staging or production."
  }
}

variable "domain" {
  description = "Name that clients use, for example api.example.org."
  type        = string
}

variable "zone_name" {
  description = "Route 53 zone that holds the domain, for example example.org."
  type        = string
}

variable "primary_region" {
  description = "AWS region that serves."
  type        = string
}

variable "standby_region" {
  description = "AWS region that follows."
  type        = string

  validation {
    condition     = var.standby_region != var.primary_region
    error_message = "standby_region must be another region than primary_region."
  }
}

variable "admin_role_arns" {
  description = "IAM roles that administer the clusters."
  type        = list(string)
}

variable "alarm_topic_arns_us_east_1" {
  description = "SNS topics in us-east-1 that are told when a region is down."
  type        = list(string)
  default     = []
}

variable "alarm_topic_arns_standby" {
  description = "SNS topics in the standby region that are told when its database falls behind."
  type        = list(string)
  default     = []
}
