# Sillage in two regions: the primary serves, the standby follows. DNS moves by itself when the primary's gateways stop
# being ready. Making the standby's database writable is a decision of people (README.md, "When a region is lost").

locals {
  name       = "sillage-${var.environment}"
  production = var.environment == "production"
  tags       = { application = "sillage", environment = var.environment, managed-by = "terraform" }
}

provider "aws" {
  region = var.primary_region
  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "standby"
  region = var.standby_region
  default_tags {
    tags = local.tags
  }
}

# Route 53 keeps the metrics of health checks in Virginia.
provider "aws" {
  alias  = "route53"
  region = "us-east-1"
  default_tags {
    tags = local.tags
  }
}

data "aws_route53_zone" "this" {
  name = var.zone_name
}

# One encryption key and one password for both: what the primary sealed, the standby must be able to open.
module "credentials" {
  source      = "../../modules/aws-credentials"
  name        = local.name
  kms_key_arn = module.primary.key_arn
  replicas    = { (var.standby_region) = module.standby.key_arn }
}

module "primary" {
  source                    = "../../modules/aws-eks-region"
  name                      = local.name
  production                = local.production
  cidr                      = "10.40.0.0/16"
  domain                    = var.domain
  zone_id                   = data.aws_route53_zone.this.zone_id
  database_password         = module.credentials.database_password
  encryption_key_secret_arn = module.credentials.encryption_key_secret_arn
  replicate_bucket_to       = { bucket_arn = module.standby.bucket_arn, kms_key_arn = module.standby.key_arn }
  admin_role_arns           = var.admin_role_arns
}

module "standby" {
  source    = "../../modules/aws-eks-region"
  providers = { aws = aws.standby }

  name                      = "${local.name}-b"
  production                = local.production
  cidr                      = "10.41.0.0/16"
  domain                    = var.domain
  zone_id                   = data.aws_route53_zone.this.zone_id
  database_password         = module.credentials.database_password
  encryption_key_secret_arn = replace(module.credentials.encryption_key_secret_arn, ":${var.primary_region}:", ":${var.standby_region}:")
  replicate_database_from   = module.primary.database_arn
  admin_role_arns           = var.admin_role_arns
  general_nodes             = { min = 2 }
}

module "failover" {
  source    = "../../modules/aws-failover"
  providers = { aws = aws, aws.us_east_1 = aws.route53 }

  name             = local.name
  domain           = var.domain
  zone_id          = data.aws_route53_zone.this.zone_id
  primary          = module.primary.door
  standby          = module.standby.door
  alarm_topic_arns = var.alarm_topic_arns_us_east_1
}

# What would be lost if the primary were lost now.
resource "aws_cloudwatch_metric_alarm" "replica_lag" {
  provider            = aws.standby
  alarm_name          = "${local.name}-replica-lag"
  alarm_description   = "The standby's database is more than five minutes behind."
  namespace           = "AWS/RDS"
  metric_name         = "ReplicaLag"
  dimensions          = { DBInstanceIdentifier = "${local.name}-b" }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  comparison_operator = "GreaterThanThreshold"
  threshold           = 300
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns_standby
}
