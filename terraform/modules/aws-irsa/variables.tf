variable "name" {
  description = "Name of the role."
  type        = string
}

variable "oidc_issuer" {
  description = "Issuer of the cluster's tokens."
  type        = string
}

variable "oidc_provider_arn" {
  description = "The issuer as IAM knows it."
  type        = string
}

variable "namespace" {
  description = "Namespace of the service account."
  type        = string
}

variable "service_account" {
  description = "Name of the service account."
  type        = string
}

variable "policies" {
  description = "What the role may do (JSON), by name."
  type        = map(string)
  default     = {}
}

variable "managed_policy_arns" {
  description = "Policies of AWS that the role gets."
  type        = list(string)
  default     = []
}
