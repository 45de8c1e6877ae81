# Postgres, or with `replicate_from` a replica of one in another region that can be promoted.

locals {
  is_replica = var.replicate_from != null
  database   = "sillage"
  username   = "sillage"
}

resource "aws_db_subnet_group" "this" {
  name_prefix = "${var.name}-"
  description = "Stores of ${var.name}"
  subnet_ids  = var.subnet_ids
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-postgres-"
  description = "Postgres of ${var.name}: from the workloads alone"
  vpc_id      = var.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each                     = var.client_security_groups
  security_group_id            = aws_security_group.this.id
  description                  = "Postgres from ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name}-"
  family      = "postgres${split(".", var.engine_version)[0]}"
  description = "Sillage ${var.name}"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  # Statements slower than a second, and what locks waited for.
  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  parameter {
    name  = "log_lock_waits"
    value = "1"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  identifier          = var.name
  replicate_source_db = var.replicate_from

  engine               = local.is_replica ? null : "postgres"
  engine_version       = local.is_replica ? null : var.engine_version
  instance_class       = var.instance_class
  parameter_group_name = aws_db_parameter_group.this.name

  db_name             = local.is_replica ? null : local.database
  username            = local.is_replica ? null : local.username
  password_wo         = local.is_replica ? null : var.password
  password_wo_version = local.is_replica ? null : var.password_version

  allocated_storage     = local.is_replica ? null : var.storage_gib
  max_allocated_storage = var.storage_gib * 5
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  multi_az               = var.multi_az
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  publicly_accessible    = false
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  backup_retention_period   = var.backup_retention_days
  backup_window             = "02:00-03:00"
  maintenance_window        = "sun:03:30-sun:04:30"
  copy_tags_to_snapshot     = true
  delete_automated_backups  = false
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = false
  final_snapshot_identifier = "${var.name}-final"

  auto_minor_version_upgrade          = true
  iam_database_authentication_enabled = true
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]
  performance_insights_enabled        = true
  performance_insights_kms_key_id     = var.kms_key_arn
  monitoring_interval                 = 60
  monitoring_role_arn                 = aws_iam_role.monitoring.arn
}

data "aws_iam_policy_document" "monitoring_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  name_prefix        = "${var.name}-rds-"
  assume_role_policy = data.aws_iam_policy_document.monitoring_trust.json
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_secretsmanager_secret" "url" {
  name                    = "${var.name}/database-url"
  description             = "Sillage ${var.name}: DATABASE_URL"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret_version" "url" {
  secret_id = aws_secretsmanager_secret.url.id
  # Encrypted; the server's certificate is of Amazon's own authority, which Node does not know. To check it as well, give
  # the services that authority's bundle (NODE_EXTRA_CA_CERTS) and set sslmode to verify-full.
  secret_string_wo = join("", [
    "postgresql://${local.username}:${var.password}@${aws_db_instance.this.address}:5432/${local.database}",
    "?sslmode=${var.sslmode}${var.sslmode == "require" ? "&uselibpqcompat=true" : ""}",
  ])
  # Written anew when the password or the address changes.
  secret_string_wo_version = var.password_version * 100000 + parseint(substr(md5(aws_db_instance.this.address), 0, 4), 16)
}
