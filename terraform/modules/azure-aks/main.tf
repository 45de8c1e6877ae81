# The cluster: a private API, Entra's identities alone, network policies enforced, one identity per workload.

data "azurerm_client_config" "current" {}

resource "azurerm_log_analytics_workspace" "this" {
  name                = var.place.name
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
  sku                 = "PerGB2018"
  retention_in_days   = 365
}

resource "azurerm_disk_encryption_set" "this" {
  name                      = var.place.name
  resource_group_name       = var.place.group
  location                  = var.place.location
  tags                      = var.place.tags
  key_vault_key_id          = var.key_versionless_id
  auto_key_rotation_enabled = true

  identity {
    type         = "UserAssigned"
    identity_ids = [var.encryption.identity_id]
  }
}

resource "azurerm_user_assigned_identity" "cluster" {
  name                = "${var.place.name}-cluster"
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
}

# What nodes are: they pull images and mount blobs. Pods have identities of their own.
resource "azurerm_user_assigned_identity" "nodes" {
  name                = "${var.place.name}-nodes"
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
}

# The cluster puts its load balancer's address into the subnet of workloads, uses the key of its disks, and gives nodes
# their identity.
resource "azurerm_role_assignment" "cluster" {
  for_each = {
    subnet = { scope = var.subnet_id, role = "Network Contributor" }
    disks  = { scope = azurerm_disk_encryption_set.this.id, role = "Reader" }
    nodes  = { scope = azurerm_user_assigned_identity.nodes.id, role = "Managed Identity Operator" }
  }
  scope                = each.value.scope
  role_definition_name = each.value.role
  principal_id         = azurerm_user_assigned_identity.cluster.principal_id
}

resource "azurerm_kubernetes_cluster" "this" {
  name                = var.place.name
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
  dns_prefix          = var.place.name
  kubernetes_version  = var.kubernetes_version
  sku_tier            = var.production ? "Standard" : "Free"

  private_cluster_enabled   = length(var.api_allowed_cidrs) == 0
  local_account_disabled    = true
  oidc_issuer_enabled       = true
  workload_identity_enabled = true
  azure_policy_enabled      = true
  run_command_enabled       = false
  automatic_upgrade_channel = "patch"
  node_os_upgrade_channel   = "NodeImage"
  disk_encryption_set_id    = azurerm_disk_encryption_set.this.id

  azure_active_directory_role_based_access_control {
    azure_rbac_enabled     = true
    admin_group_object_ids = var.admin_group_ids
    tenant_id              = data.azurerm_client_config.current.tenant_id
  }

  dynamic "api_server_access_profile" {
    for_each = length(var.api_allowed_cidrs) == 0 ? [] : [1]
    content {
      authorized_ip_ranges = var.api_allowed_cidrs
    }
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.cluster.id]
  }

  kubelet_identity {
    user_assigned_identity_id = azurerm_user_assigned_identity.nodes.id
    client_id                 = azurerm_user_assigned_identity.nodes.client_id
    object_id                 = azurerm_user_assigned_identity.nodes.principal_id
  }

  # Cilium: what the chart's network policies rely on.
  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_data_plane  = "cilium"
    network_policy      = "cilium"
    outbound_type       = "userAssignedNATGateway"
    load_balancer_sku   = "standard"
    pod_cidr            = "10.64.0.0/16"
    service_cidr        = "10.65.0.0/16"
    dns_service_ip      = "10.65.0.10"
  }

  default_node_pool {
    name                        = "general"
    temporary_name_for_rotation = "generaltmp"
    vm_size                     = var.general_nodes.vm_size
    vnet_subnet_id              = var.subnet_id
    zones                       = ["1", "2", "3"]
    auto_scaling_enabled        = true
    min_count                   = var.general_nodes.min
    max_count                   = var.general_nodes.max
    max_pods                    = 110
    os_sku                      = "AzureLinux"
    os_disk_size_gb             = 100
    host_encryption_enabled     = true
    node_public_ip_enabled      = false
    node_labels                 = { "sillage.dev/nodes" = "general" }
    tags                        = var.place.tags

    upgrade_settings {
      max_surge = "33%"
    }
  }

  node_provisioning_profile {
    mode = "Manual"
  }

  storage_profile {
    blob_driver_enabled = true
    disk_driver_enabled = true
  }

  workload_autoscaler_profile {
    keda_enabled = true
  }

  oms_agent {
    log_analytics_workspace_id      = azurerm_log_analytics_workspace.this.id
    msi_auth_for_monitoring_enabled = true
  }

  lifecycle {
    prevent_destroy = true
    # The autoscaler's.
    ignore_changes = [default_node_pool[0].node_count]
  }

  depends_on = [azurerm_role_assignment.cluster]
}

# For pools of inference that ask for a GPU; what does not ask for one never lands here.
resource "azurerm_kubernetes_cluster_node_pool" "gpu" {
  name                    = "gpu"
  kubernetes_cluster_id   = azurerm_kubernetes_cluster.this.id
  vm_size                 = var.gpu_nodes.vm_size
  vnet_subnet_id          = var.subnet_id
  priority                = var.gpu_nodes.spot ? "Spot" : "Regular"
  eviction_policy         = var.gpu_nodes.spot ? "Delete" : null
  auto_scaling_enabled    = true
  min_count               = var.gpu_nodes.min
  max_count               = var.gpu_nodes.max
  os_disk_size_gb         = 128
  max_pods                = 110
  host_encryption_enabled = true
  node_public_ip_enabled  = false
  node_labels             = { "sillage.dev/nodes" = "gpu" }
  node_taints             = ["nvidia.com/gpu=present:NoSchedule"]
  tags                    = var.place.tags

  # A new GPU may not be to be had: one goes before the next one comes.
  upgrade_settings {
    max_unavailable = "1"
  }

  lifecycle {
    ignore_changes = [node_count]
  }
}

resource "azurerm_monitor_diagnostic_setting" "audit" {
  name                       = "audit"
  target_resource_id         = azurerm_kubernetes_cluster.this.id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.this.id

  dynamic "enabled_log" {
    for_each = toset(["kube-apiserver", "kube-audit-admin", "guard"])
    content {
      category = enabled_log.value
    }
  }
}

# ---- identities

# Blobs are mounted by the nodes' driver, as the nodes.
resource "azurerm_role_assignment" "results" {
  scope                = var.results_container_id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.nodes.principal_id
}

# The External Secrets operator brings Sillage's secrets into the cluster, and no other.
resource "azurerm_user_assigned_identity" "external_secrets" {
  name                = "${var.place.name}-external-secrets"
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
}

resource "azurerm_federated_identity_credential" "external_secrets" {
  name                      = "external-secrets"
  user_assigned_identity_id = azurerm_user_assigned_identity.external_secrets.id
  issuer                    = azurerm_kubernetes_cluster.this.oidc_issuer_url
  subject                   = "system:serviceaccount:external-secrets:external-secrets"
  audience                  = ["api://AzureADTokenExchange"]
}

resource "azurerm_role_assignment" "external_secrets" {
  for_each             = var.secret_ids
  scope                = each.value
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.external_secrets.principal_id
}
