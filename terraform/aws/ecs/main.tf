# Sillage on Fargate, in one region.

provider "aws" {
  region = var.region
  default_tags {
    tags = { application = "sillage", environment = var.environment, managed-by = "terraform" }
  }
}

locals {
  name = "sillage-${var.environment}"
}

data "aws_route53_zone" "this" {
  name = var.zone_name
}

module "credentials" {
  source      = "../../modules/aws-credentials"
  name        = local.name
  kms_key_arn = module.region.key_arn
}

module "region" {
  source                    = "../../modules/aws-ecs-region"
  name                      = local.name
  production                = var.environment == "production"
  domain                    = var.domain
  zone_id                   = data.aws_route53_zone.this.zone_id
  database_password         = module.credentials.database_password
  encryption_key_secret_arn = module.credentials.encryption_key_secret_arn
  image_tag                 = var.image_tag
  sizes                     = var.sizes
  database_class            = var.database_class
  cache_class               = var.cache_class
}

resource "aws_route53_record" "door" {
  zone_id = data.aws_route53_zone.this.zone_id
  name    = var.domain
  type    = "A"

  alias {
    name                   = module.region.door.name
    zone_id                = module.region.door.zone_id
    evaluate_target_health = true
  }
}
