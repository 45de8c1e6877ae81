# Queue, limits and shared rows. Jobs themselves are rows in Postgres, so that a lost Redis loses no job.

resource "aws_elasticache_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-redis-"
  description = "Redis of ${var.name}: from the workloads alone"
  vpc_id      = var.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each                     = var.client_security_groups
  security_group_id            = aws_security_group.this.id
  description                  = "Redis from ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_elasticache_parameter_group" "this" {
  name        = var.name
  family      = "redis7"
  description = "Sillage ${var.name}"

  # A queue whose entries are evicted loses them without a word.
  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

# The one secret that the state holds: version 5 of the provider has no write-only argument for it. It opens nothing to
# whoever is not in the network already; the state is encrypted.
data "aws_secretsmanager_random_password" "token" {
  password_length            = 40
  exclude_punctuation        = true
  require_each_included_type = true
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id = var.name
  description          = "Sillage ${var.name}"
  engine               = "redis"
  engine_version       = "7.1"
  node_type            = var.node_type
  parameter_group_name = aws_elasticache_parameter_group.this.name

  num_cache_clusters         = var.replicas + 1
  automatic_failover_enabled = var.replicas > 0
  multi_az_enabled           = var.replicas > 0

  subnet_group_name  = aws_elasticache_subnet_group.this.name
  security_group_ids = [aws_security_group.this.id]

  at_rest_encryption_enabled = true
  kms_key_id                 = var.kms_key_arn
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  auth_token                 = data.aws_secretsmanager_random_password.token.random_password
  auth_token_update_strategy = "SET"

  snapshot_retention_limit   = 7
  snapshot_window            = "03:00-04:00"
  maintenance_window         = "sun:04:30-sun:05:30"
  final_snapshot_identifier  = "${var.name}-final"
  auto_minor_version_upgrade = true

  lifecycle {
    # Drawn anew at each plan; only the first one counts.
    ignore_changes = [auth_token]
  }
}

resource "aws_secretsmanager_secret" "url" {
  name                    = "${var.name}/redis-url"
  description             = "Sillage ${var.name}: REDIS_URL"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret_version" "url" {
  secret_id = aws_secretsmanager_secret.url.id
  secret_string = join("", [
    "rediss://:${aws_elasticache_replication_group.this.auth_token}",
    "@${aws_elasticache_replication_group.this.primary_endpoint_address}:6379",
  ])
}
