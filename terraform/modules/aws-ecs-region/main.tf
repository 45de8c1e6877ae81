# Everything that Sillage needs in one region, on Fargate: the same network, stores and door as on EKS.

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
  single_nat_gateway = !var.production
  kms_key_arn        = module.key.arn
}

module "postgres" {
  source                 = "../aws-postgres"
  name                   = var.name
  vpc_id                 = module.network.vpc_id
  subnet_ids             = module.network.data_subnet_ids
  client_security_groups = { for name in local.database_clients : name => module.fleet.security_group_ids[name] }
  kms_key_arn            = module.key.arn
  password               = var.database_password
  instance_class         = var.database_class
  multi_az               = var.production
  deletion_protection    = var.production
}

module "redis" {
  source                 = "../aws-redis"
  name                   = var.name
  vpc_id                 = module.network.vpc_id
  subnet_ids             = module.network.data_subnet_ids
  client_security_groups = { for name in local.cache_clients : name => module.fleet.security_group_ids[name] }
  kms_key_arn            = module.key.arn
  node_type              = var.cache_class
  replicas               = var.production ? 1 : 0
}

locals {
  database_clients = [for name, service in module.facts.services : name if contains(service.secrets, "database-url")]
  cache_clients    = [for name, service in module.facts.services : name if contains(service.secrets, "redis-url")]
}

module "bucket" {
  source      = "../aws-bucket"
  name        = var.name
  kms_key_arn = module.key.arn
}

module "door" {
  source                   = "../aws-alb"
  name                     = var.name
  vpc_id                   = module.network.vpc_id
  subnet_ids               = module.network.public_subnet_ids
  kms_key_arn              = module.key.arn
  target_security_group_id = module.fleet.security_group_ids["gateway"]
  gateway_port             = module.facts.services["gateway"].port
  domain                   = var.domain
  zone_id                  = var.zone_id
  deletion_protection      = var.production
}

resource "aws_ecr_repository" "service" {
  for_each             = module.facts.services
  name                 = "${var.name}/${each.key}"
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = module.key.arn
  }
}

module "fleet" {
  source                   = "../aws-ecs"
  name                     = var.name
  vpc_id                   = module.network.vpc_id
  subnet_ids               = module.network.private_subnet_ids
  data_cidrs               = module.network.data_cidrs
  kms_key_arn              = module.key.arn
  image_registry           = trimsuffix(aws_ecr_repository.service["gateway"].repository_url, "/gateway")
  image_tag                = var.image_tag
  repository_arns          = { for name, repository in aws_ecr_repository.service : name => repository.arn }
  bucket                   = module.bucket.bucket
  storage_policy           = module.bucket.access_policy
  target_group_arn         = module.door.target_group_arn
  target_group_arn_suffix  = module.door.target_group_arn_suffix
  load_balancer_arn_suffix = module.door.arn_suffix
  sizes                    = var.sizes

  secret_arns = {
    database-url   = module.postgres.url_secret_arn
    redis-url      = module.redis.url_secret_arn
    encryption-key = var.encryption_key_secret_arn
  }
}
