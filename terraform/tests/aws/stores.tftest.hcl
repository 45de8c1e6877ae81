# Database, cache and bucket: encrypted, private, backed up, not lost by mistake.

mock_provider "aws" {
  source = "./mocks"
}

variables {
  name                   = "sillage-production"
  vpc_id                 = "vpc-1"
  subnet_ids             = ["subnet-1", "subnet-2"]
  client_security_groups = { nodes = "sg-nodes" }
  kms_key_arn            = "arn:aws:kms:eu-west-1:111122223333:key/one"
  password               = "not-a-password"
}

run "postgres" {
  command = plan
  module {
    source = "../../modules/aws-postgres"
  }

  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.kms_key_id == var.kms_key_arn
    error_message = "The database must be encrypted with our key."
  }
  assert {
    condition     = !aws_db_instance.this.publicly_accessible
    error_message = "The database must have no public address."
  }
  assert {
    condition     = aws_db_instance.this.multi_az && aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot
    error_message = "The database must survive a zone, and whoever deletes it."
  }
  assert {
    condition     = aws_db_instance.this.backup_retention_period >= 7
    error_message = "Backups of a week at least."
  }
  assert {
    condition     = one([for p in aws_db_parameter_group.this.parameter : p.value if p.name == "rds.force_ssl"]) == "1"
    error_message = "Connections in the clear must be refused."
  }
  assert {
    condition     = aws_db_instance.this.password == null && aws_secretsmanager_secret_version.url.secret_string == null
    error_message = "The password must not be in the state: only write-only arguments may carry it."
  }
  assert {
    condition     = alltrue([for r in aws_vpc_security_group_ingress_rule.clients : r.cidr_ipv4 == null && r.referenced_security_group_id == "sg-nodes" && r.from_port == 5432 && r.to_port == 5432])
    error_message = "Only named security groups may connect, on 5432 alone."
  }
}

run "replica" {
  command = plan
  module {
    source = "../../modules/aws-postgres"
  }
  variables {
    replicate_from = "arn:aws:rds:eu-west-1:111122223333:db:sillage-production"
  }

  assert {
    condition     = aws_db_instance.this.replicate_source_db == var.replicate_from
    error_message = "The replica must follow the primary."
  }
  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.kms_key_id == var.kms_key_arn && !aws_db_instance.this.publicly_accessible
    error_message = "A replica is as private as its source, with the key of its own region."
  }
  assert {
    condition     = aws_db_instance.this.backup_retention_period >= 7
    error_message = "A replica needs backups of its own from the moment that it is promoted."
  }
}

run "short_backups_are_refused" {
  command = plan
  module {
    source = "../../modules/aws-postgres"
  }
  variables {
    backup_retention_days = 1
  }
  expect_failures = [var.backup_retention_days]
}

run "clear_connections_are_refused" {
  command = plan
  module {
    source = "../../modules/aws-postgres"
  }
  variables {
    sslmode = "disable"
  }
  expect_failures = [var.sslmode]
}

run "redis" {
  command = plan
  module {
    source = "../../modules/aws-redis"
  }

  assert {
    condition     = aws_elasticache_replication_group.this.at_rest_encryption_enabled == "true" && aws_elasticache_replication_group.this.kms_key_id == var.kms_key_arn
    error_message = "The cache must be encrypted with our key."
  }
  assert {
    condition     = aws_elasticache_replication_group.this.transit_encryption_enabled && aws_elasticache_replication_group.this.transit_encryption_mode == "required"
    error_message = "The cache must refuse connections in the clear."
  }
  assert {
    condition     = length(aws_elasticache_replication_group.this.auth_token) >= 1
    error_message = "The cache must ask for a token."
  }
  assert {
    condition     = aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.multi_az_enabled
    error_message = "The cache must fail over to another zone."
  }
  assert {
    condition     = one([for p in aws_elasticache_parameter_group.this.parameter : p.value if p.name == "maxmemory-policy"]) == "noeviction"
    error_message = "Evicted entries of a queue are lost jobs."
  }
  assert {
    condition     = alltrue([for r in aws_vpc_security_group_ingress_rule.clients : r.cidr_ipv4 == null && r.referenced_security_group_id == "sg-nodes" && r.from_port == 6379 && r.to_port == 6379])
    error_message = "Only named security groups may connect, on 6379 alone."
  }
}

run "redis_without_replicas" {
  command = plan
  module {
    source = "../../modules/aws-redis"
  }
  variables {
    replicas = 0
  }

  assert {
    condition     = !aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.num_cache_clusters == 1
    error_message = "With no replica there is nothing to fail over to."
  }
}

run "bucket" {
  command = plan
  module {
    source = "../../modules/aws-bucket"
  }

  override_resource {
    target          = aws_s3_bucket.this
    override_during = plan
    values          = { arn = "arn:aws:s3:::here" }
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "Nothing in the bucket may ever be public."
  }
  assert {
    condition = alltrue([for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule :
      one(rule.apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
      && one(rule.apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arn
    ])
    error_message = "Objects must be encrypted with our key."
  }
  assert {
    condition     = one(aws_s3_bucket_versioning.this.versioning_configuration).status == "Enabled"
    error_message = "Overwritten objects must be recoverable."
  }
  assert {
    condition     = one(data.aws_iam_policy_document.tls_only.statement).effect == "Deny"
    error_message = "Connections in the clear must be refused."
  }
  assert {
    condition     = !contains(flatten(data.aws_iam_policy_document.access.statement[*].actions), "s3:*") && !contains(flatten(data.aws_iam_policy_document.access.statement[*].resources), "*")
    error_message = "Services may do what they do, and to this bucket alone."
  }
  assert {
    condition     = length(aws_s3_bucket_replication_configuration.this) == 0
    error_message = "Without a place to replicate to, nothing is replicated."
  }
}

run "replicated_bucket" {
  command = plan
  module {
    source = "../../modules/aws-bucket"
  }
  variables {
    replicate_to = { bucket_arn = "arn:aws:s3:::there", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/two" }
  }

  assert {
    condition     = one(aws_s3_bucket_replication_configuration.this[0].rule).destination[0].bucket == "arn:aws:s3:::there"
    error_message = "Objects must be copied to the other region."
  }
  assert {
    condition     = one(aws_s3_bucket_replication_configuration.this[0].rule).destination[0].encryption_configuration[0].replica_kms_key_id == var.replicate_to.kms_key_arn
    error_message = "Copies must be encrypted with the other region's key."
  }
  assert {
    condition     = one(aws_s3_bucket_replication_configuration.this[0].rule).delete_marker_replication[0].status == "Enabled"
    error_message = "What is erased here must be erased there."
  }
}
