variable "name" {
  description = "Name of the installation."
  type        = string
}

variable "domain" {
  description = "Name that clients use."
  type        = string
}

variable "zone_id" {
  description = "Route 53 zone of the domain."
  type        = string
}

variable "primary" {
  description = "Load balancer of the region that serves."
  type        = object({ name = string, zone_id = string })
}

variable "standby" {
  description = "Load balancer of the region that follows."
  type        = object({ name = string, zone_id = string })
}

variable "alarm_topic_arns" {
  description = "SNS topics in us-east-1 that are told when a region is down."
  type        = list(string)
  default     = []
}
