# Everything that Sillage needs in one region, on EKS. ../../aws/eks is one of these, ../../aws/multi-region two.

module "facts" {
  source = "../sillage"
}

module "key" {
  source = "../aws-key"
  name   = var.name
}

module "network" {
  source             = "../aws-network"
  name               = var.name
  cidr               = var.cidr
  single_nat_gateway = !var.production
  kms_key_arn        = module.key.arn
}

module "postgres" {
  source                 = "../aws-postgres"
  name                   = var.name
  vpc_id                 = module.network.vpc_id
  subnet_ids             = module.network.data_subnet_ids
  client_security_groups = { nodes = module.cluster.node_security_group_id }
  kms_key_arn            = module.key.arn
  password               = var.database_password
  password_version       = var.password_version
  replicate_from         = var.replicate_database_from
  instance_class         = var.database_class
  multi_az               = var.production
  deletion_protection    = var.production
}

module "redis" {
  source                 = "../aws-redis"
  name                   = var.name
  vpc_id                 = module.network.vpc_id
  subnet_ids             = module.network.data_subnet_ids
  client_security_groups = { nodes = module.cluster.node_security_group_id }
  kms_key_arn            = module.key.arn
  node_type              = var.cache_class
  replicas               = var.production ? 1 : 0
}

module "bucket" {
  source       = "../aws-bucket"
  name         = "${var.name}-${data.aws_region.current.name}"
  kms_key_arn  = module.key.arn
  replicate_to = var.replicate_bucket_to
}

data "aws_region" "current" {}

module "door" {
  source                   = "../aws-alb"
  name                     = var.name
  vpc_id                   = module.network.vpc_id
  subnet_ids               = module.network.public_subnet_ids
  kms_key_arn              = module.key.arn
  target_security_group_id = module.cluster.node_security_group_id
  gateway_port             = module.facts.services["gateway"].port
  domain                   = var.domain
  zone_id                  = var.zone_id
  deletion_protection      = var.production
}

locals {
  secret_arns = {
    database-url   = module.postgres.url_secret_arn
    redis-url      = module.redis.url_secret_arn
    encryption-key = var.encryption_key_secret_arn
  }
}

module "cluster" {
  source            = "../aws-eks"
  name              = var.name
  subnet_ids        = module.network.private_subnet_ids
  kms_key_arn       = module.key.arn
  admin_role_arns   = var.admin_role_arns
  api_allowed_cidrs = var.api_allowed_cidrs
  general_nodes     = var.general_nodes
  gpu_nodes         = var.gpu_nodes
  storage_policy    = module.bucket.access_policy
  target_group_arn  = module.door.target_group_arn
  secret_arns       = local.secret_arns
}
