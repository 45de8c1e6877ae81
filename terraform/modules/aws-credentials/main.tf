# Secrets that Terraform makes without ever knowing them: drawn by Secrets Manager, written through write-only
# arguments, read back as ephemeral values. None of them is in the state or in a plan.
#
# What is used is always what was stored, never what was drawn: so an apply that broke off half-way can be repeated.

locals {
  secrets = {
    database-password = { length = 40, not = "" }
    # 32 bytes in hex: digits and a-f.
    encryption-key = { length = 64, not = "ghijklmnopqrstuvwxyz" }
  }
}

ephemeral "aws_secretsmanager_random_password" "drawn" {
  for_each                   = local.secrets
  password_length            = each.value.length
  exclude_characters         = each.value.not
  exclude_punctuation        = true
  exclude_uppercase          = each.value.not != ""
  require_each_included_type = false
}

resource "aws_secretsmanager_secret" "this" {
  for_each                = local.secrets
  name                    = "${var.name}/${each.key}"
  description             = "Sillage ${var.name}: ${each.key}"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = 30

  # A standby region decrypts the same keys and knows the password of its replica.
  dynamic "replica" {
    for_each = var.replicas
    content {
      region     = replica.key
      kms_key_id = replica.value
    }
  }

  lifecycle {
    # Without the encryption key, webhook secrets and signing keys in the database are lost.
    prevent_destroy = true
  }
}

resource "aws_secretsmanager_secret_version" "this" {
  for_each                 = local.secrets
  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.drawn[each.key].random_password
  secret_string_wo_version = each.key == "database-password" ? var.password_version : 1
}

ephemeral "aws_secretsmanager_secret_version" "database_password" {
  secret_id  = aws_secretsmanager_secret.this["database-password"].id
  version_id = aws_secretsmanager_secret_version.this["database-password"].version_id
}
