variable "name" {
  description = "Name of the installation."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the objects."
  type        = string
}

variable "noncurrent_days" {
  description = "Days that deleted or overwritten objects can still be brought back."
  type        = number
  default     = 30
}

variable "replicate_to" {
  description = "Bucket in another region that receives copies, and its key; null: none."
  type        = object({ bucket_arn = string, kms_key_arn = string })
  default     = null
}
