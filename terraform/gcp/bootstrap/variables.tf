variable "project" {
  description = "Project."
  type        = string
}

variable "region" {
  description = "Region of the state."
  type        = string
}
