variable "subscription_id" {
  description = "Subscription."
  type        = string
}

variable "location" {
  description = "Location of the state."
  type        = string
}

variable "operator_cidrs" {
  description = "Addresses from which Terraform is run."
  type        = list(string)
}
