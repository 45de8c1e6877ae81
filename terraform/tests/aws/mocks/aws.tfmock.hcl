# What AWS would say, where it matters for a plan.
mock_data "aws_availability_zones" {
  defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
}
mock_data "aws_region" {
  defaults = { name = "eu-west-1" }
}
mock_data "aws_caller_identity" {
  defaults = { account_id = "111122223333" }
}
mock_data "aws_partition" {
  defaults = { partition = "aws" }
}
mock_data "aws_secretsmanager_random_password" {
  defaults = { random_password = "0123456789abcdefghij" }
}
mock_data "aws_iam_policy_document" {
  defaults = { json = "{}" }
}
