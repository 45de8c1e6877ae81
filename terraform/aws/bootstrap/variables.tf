variable "region" {
  description = "Region of the state."
  type        = string
}
