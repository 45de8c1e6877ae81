# Secrets that Terraform makes without keeping them: drawn while it applies, written through write-only arguments, read
# back as ephemeral values. None of them is in the state or in a plan.
#
# What is used is always what was stored, never what was drawn: so an apply that broke off half-way can be repeated.

locals {
  versions = { database-password = var.password_version, encryption-key = 1 }
}

resource "azurerm_key_vault_secret" "this" {
  for_each     = local.versions
  name         = each.key
  key_vault_id = var.vault_id
  content_type = "text/plain"
  tags         = var.place.tags
  # 64 hex digits from twice 122 random bits.
  value_wo         = sha256("${uuid()}${uuid()}")
  value_wo_version = each.value

  lifecycle {
    # Without the encryption key, webhook secrets and signing keys in the database are lost.
    prevent_destroy = true
  }
}

ephemeral "azurerm_key_vault_secret" "database_password" {
  name         = azurerm_key_vault_secret.this["database-password"].name
  key_vault_id = var.vault_id
}
