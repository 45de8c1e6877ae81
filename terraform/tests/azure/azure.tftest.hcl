# Stores, cluster, container group and door on Azure.

mock_provider "azurerm" {
  source = "./mocks"
}

variables {
  place      = { group = "sillage-production", location = "westeurope", name = "sillage-production", tags = { application = "sillage" } }
  subnet_id  = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/one/providers/Microsoft.Network/virtualNetworks/one/subnets/one"
  zone_id    = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/one/providers/Microsoft.Network/privateDnsZones/one"
  vault_id   = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/one/providers/Microsoft.KeyVault/vaults/one"
  production = true
  password   = "not-a-password"
  encryption = {
    key_id      = "https://one.vault.azure.net/keys/data/00000000000000000000000000000000"
    identity_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/one/providers/Microsoft.ManagedIdentity/userAssignedIdentities/stores"
  }
}

run "postgres" {
  command = plan
  module {
    source = "../../modules/azure-postgres"
  }
  variables {
    server_name = "sillage-one"
  }

  assert {
    condition     = !azurerm_postgresql_flexible_server.this.public_network_access_enabled && azurerm_postgresql_flexible_server.this.delegated_subnet_id == var.subnet_id
    error_message = "The database has no public address."
  }
  assert {
    condition     = azurerm_postgresql_flexible_server.this.customer_managed_key[0].key_vault_key_id == var.encryption.key_id
    error_message = "The database is encrypted with our key."
  }
  assert {
    condition     = azurerm_postgresql_flexible_server_configuration.this["require_secure_transport"].value == "on"
    error_message = "Connections in the clear must be refused."
  }
  assert {
    condition     = azurerm_postgresql_flexible_server.this.high_availability[0].mode == "ZoneRedundant" && azurerm_postgresql_flexible_server.this.backup_retention_days >= 7
    error_message = "The database survives a zone, and is backed up."
  }
  assert {
    condition     = azurerm_postgresql_flexible_server.this.administrator_password == null && azurerm_key_vault_secret.url.value == null
    error_message = "The password must not be in the state: only write-only arguments may carry it."
  }
}

run "redis" {
  command = plan
  module {
    source = "../../modules/azure-redis"
  }
  variables {
    cache_name = "sillage-one"
  }

  assert {
    condition     = azurerm_managed_redis.this.public_network_access == "Disabled" && azurerm_managed_redis.this.default_database[0].client_protocol == "Encrypted"
    error_message = "The cache is private, and encrypted in transit."
  }
  assert {
    condition     = azurerm_managed_redis.this.default_database[0].eviction_policy == "NoEviction"
    error_message = "Evicted entries of a queue are lost jobs."
  }
  assert {
    condition     = azurerm_managed_redis.this.customer_managed_key[0].key_vault_key_id == var.encryption.key_id && azurerm_managed_redis.this.high_availability_enabled
    error_message = "The cache is encrypted with our key and has a replica."
  }
}

run "storage" {
  command = plan
  module {
    source = "../../modules/azure-storage"
  }
  variables {
    account_name = "sillageone"
    zone_ids     = { blob = var.zone_id, file = var.zone_id }
  }

  assert {
    condition     = !azurerm_storage_account.this.public_network_access_enabled && !azurerm_storage_account.this.allow_nested_items_to_be_public && azurerm_storage_container.results.container_access_type == "private"
    error_message = "Nothing of the account is public."
  }
  assert {
    condition     = !azurerm_storage_account.this.shared_access_key_enabled && length(azurerm_storage_share.results) == 0
    error_message = "Access goes by identity; the account's keys open nothing."
  }
  assert {
    condition     = azurerm_storage_account.this.min_tls_version == "TLS1_2" && azurerm_storage_account.this.customer_managed_key[0].key_vault_key_id == var.encryption.key_id
    error_message = "Encrypted in transit, and at rest with our key."
  }
  assert {
    condition     = azurerm_storage_account.this.blob_properties[0].versioning_enabled && azurerm_storage_account.this.account_replication_type == "ZRS"
    error_message = "Objects can be brought back, and survive a zone."
  }
}

run "network" {
  command = plan
  module {
    source = "../../modules/azure-network"
  }
  variables {
    gateway_port = 8080
  }

  assert {
    condition     = alltrue([for s in azurerm_subnet.this : !s.default_outbound_access_enabled])
    error_message = "Nothing goes out by itself, only through NAT."
  }
  assert {
    condition     = [for key, group in azurerm_network_security_group.this : key if anytrue([for rule in group.security_rule : rule.source_address_prefix == "Internet"])] == ["door"]
    error_message = "Only the door is open to the world."
  }
  assert {
    condition     = one([for rule in azurerm_network_security_group.this["door"].security_rule : rule.destination_port_range if rule.source_address_prefix == "Internet"]) == "443"
    error_message = "On 443 alone."
  }
  assert {
    condition     = alltrue([for group in azurerm_network_security_group.this : anytrue([for rule in group.security_rule : rule.access == "Deny" && rule.priority == 4096])])
    error_message = "What is not allowed is denied, within the network too."
  }
}

run "vault" {
  command = plan
  module {
    source = "../../modules/azure-vault"
  }
  variables {
    vault_name     = "sillage-one"
    operator_cidrs = ["192.0.2.0/24"]
    subnet_ids     = [var.subnet_id]
  }

  assert {
    condition     = azurerm_key_vault.this.purge_protection_enabled && azurerm_key_vault.this.rbac_authorization_enabled && azurerm_key_vault.this.network_acls[0].default_action == "Deny"
    error_message = "The vault is closed but for those named, and nothing in it is lost for good."
  }
  assert {
    condition     = length(azurerm_key_vault_key.data.rotation_policy) == 1
    error_message = "The key must rotate."
  }
}

run "open_vault_is_refused" {
  command = plan
  module {
    source = "../../modules/azure-vault"
  }
  variables {
    vault_name     = "sillage-one"
    operator_cidrs = ["0.0.0.0/0"]
    subnet_ids     = []
  }
  expect_failures = [var.operator_cidrs]
}

run "cluster" {
  command = plan
  module {
    source = "../../modules/azure-aks"
  }
  variables {
    key_versionless_id   = "https://one.vault.azure.net/keys/data"
    admin_group_ids      = ["00000000-0000-0000-0000-000000000003"]
    results_container_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/one/providers/Microsoft.Storage/storageAccounts/one/blobServices/default/containers/results"
    secret_ids           = { database-url = "${var.vault_id}/secrets/database-url" }
  }

  assert {
    condition     = azurerm_kubernetes_cluster.this.private_cluster_enabled && azurerm_kubernetes_cluster.this.local_account_disabled && !azurerm_kubernetes_cluster.this.run_command_enabled
    error_message = "The Kubernetes API is private, and there is no way around Entra."
  }
  assert {
    condition     = azurerm_kubernetes_cluster.this.network_profile[0].network_policy == "cilium" && azurerm_kubernetes_cluster.this.network_profile[0].network_data_plane == "cilium"
    error_message = "Without this the chart's network policies mean nothing."
  }
  assert {
    condition     = azurerm_kubernetes_cluster.this.oidc_issuer_enabled && azurerm_kubernetes_cluster.this.workload_identity_enabled
    error_message = "Workloads have identities of their own."
  }
  assert {
    condition     = azurerm_kubernetes_cluster_node_pool.gpu.node_taints == tolist(["nvidia.com/gpu=present:NoSchedule"]) && azurerm_kubernetes_cluster_node_pool.gpu.min_count == 0
    error_message = "GPU nodes are tainted, and cost nothing until a pool asks for one."
  }
  assert {
    condition     = azurerm_kubernetes_cluster.this.default_node_pool[0].host_encryption_enabled && azurerm_kubernetes_cluster_node_pool.gpu.host_encryption_enabled
    error_message = "Disks of nodes are encrypted on the host."
  }
  assert {
    condition     = { for key, role in azurerm_role_assignment.external_secrets : key => "${role.role_definition_name} ${role.scope}" } == { database-url = "Key Vault Secrets User ${var.vault_id}/secrets/database-url" }
    error_message = "The secrets operator reads Sillage's secrets and no other."
  }
}

run "open_api_is_refused" {
  command = plan
  module {
    source = "../../modules/azure-aks"
  }
  variables {
    key_versionless_id   = "https://one.vault.azure.net/keys/data"
    admin_group_ids      = []
    api_allowed_cidrs    = ["0.0.0.0/0"]
    results_container_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/one/providers/Microsoft.Storage/storageAccounts/one/blobServices/default/containers/results"
    secret_ids           = {}
  }
  expect_failures = [var.api_allowed_cidrs]
}

run "container_instances" {
  command = plan
  module {
    source = "../../modules/azure-container-instances"
  }
  variables {
    registry  = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/one/providers/Microsoft.ContainerRegistry/registries/one", server = "one.azurecr.io" }
    image_tag = "1.2.3"
    secrets   = { database-url = "a", redis-url = "b", encryption-key = "c" }
    results   = { account = "one", key = "two", share = "results" }
  }

  assert {
    condition     = azurerm_container_group.this.ip_address_type == "Private"
    error_message = "The group has no public address."
  }
  assert {
    condition     = { for c in azurerm_container_group.this.container : c.name => length(c.ports) } == { auth = 0, gateway = 1, inference = 0, sensors = 0, worker = 0 }
    error_message = "Only the gateway has a port to the outside of the group."
  }
  assert {
    condition = { for c in azurerm_container_group.this.container : c.name => [for name in nonsensitive(keys(c.secure_environment_variables)) : name] } == {
      auth      = ["DATABASE_URL", "ENCRYPTION_KEY"]
      gateway   = ["DATABASE_URL", "ENCRYPTION_KEY", "REDIS_URL"]
      inference = ["REDIS_URL"]
      sensors   = ["DATABASE_URL"]
      worker    = ["DATABASE_URL", "ENCRYPTION_KEY", "REDIS_URL"]
    }
    error_message = "Each service is given its own secrets and no other."
  }
}

run "oversized_groups_are_refused" {
  command = plan
  module {
    source = "../../modules/azure-container-instances"
  }
  variables {
    registry  = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/one/providers/Microsoft.ContainerRegistry/registries/one", server = "one.azurecr.io" }
    image_tag = "1.2.3"
    secrets   = { database-url = "a", redis-url = "b", encryption-key = "c" }
    results   = { account = "one", key = "two", share = "results" }
    sizes     = { for s in ["auth", "gateway", "inference", "sensors", "worker"] : s => { cpu = 2, memory_gib = 2 } }
  }
  expect_failures = [var.sizes]
}

run "door" {
  command = plan
  module {
    source = "../../modules/azure-door"
  }
  variables {
    vault_uri         = "https://one.vault.azure.net/"
    certificate_name  = "door"
    domain            = "api.example.org"
    dns               = { group = "dns", zone = "example.org", record = "api" }
    gateway_addresses = ["10.40.16.250"]
    gateway_port      = 8080
  }

  assert {
    condition     = one(azurerm_application_gateway.this.http_listener).protocol == "Https" && one(azurerm_application_gateway.this.frontend_port).port == 443
    error_message = "The door speaks TLS on 443, and nothing else."
  }
  assert {
    condition     = azurerm_application_gateway.this.ssl_policy[0].policy_name == "AppGwSslPolicy20220101S"
    error_message = "TLS 1.2 or newer with strong ciphers."
  }
  assert {
    condition     = azurerm_web_application_firewall_policy.this.policy_settings[0].mode == "Prevention" && one(azurerm_web_application_firewall_policy.this.custom_rules).rule_type == "RateLimitRule"
    error_message = "Attacks and floods are stopped at the door."
  }
  assert {
    condition     = one(azurerm_application_gateway.this.probe).path == "/ready"
    error_message = "Gateways are asked whether they are ready."
  }
  assert {
    condition     = azurerm_role_assignment.certificate.scope == "${var.vault_id}/secrets/door"
    error_message = "The door reads its certificate and no other secret."
  }
}
