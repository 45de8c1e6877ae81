# The fleet on Container Instances: one group is a whole small fleet, its services on localhost, in the network, behind
# the same door as on AKS. There is no autoscaling and no GPU: for trials and steady small loads.

module "facts" {
  source = "../sillage"
}

locals {
  # Containers of one group share its ports: metrics and health of each are on one of its own.
  services  = module.facts.services
  ops_ports = { for i, name in keys(local.services) : name => 9464 + i }
  targets   = { auth = "AUTH_TARGET", inference = "INFERENCE_TARGET", sensors = "SENSORS_TARGET" }

  environment = {
    for name, service in local.services : name => merge(
      { ENVIRONMENT = "production", HOST = "127.0.0.1", METRICS_PORT = tostring(local.ops_ports[name]) },
      { for to in service.calls : local.targets[to] => "127.0.0.1:${local.services[to].port}" },
      service.storage ? { RESULTS_DIR = "/results" } : {},
      name == "gateway" ? { HOST = "0.0.0.0", TRUST_PROXY_HOPS = "1" } : {},
      name == "inference" ? { DEVICE = "cpu", MODEL_PATH = "/models" } : {},
      lookup(var.environment, name, {}),
    )
  }
}

resource "azurerm_user_assigned_identity" "this" {
  name                = "${var.place.name}-fleet"
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
}

resource "azurerm_role_assignment" "images" {
  scope                = var.registry.id
  role_definition_name = "AcrPull"
  principal_id         = azurerm_user_assigned_identity.this.principal_id
}

resource "azurerm_container_group" "this" {
  name                = var.place.name
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
  os_type             = "Linux"
  ip_address_type     = "Private"
  subnet_ids          = [var.subnet_id]
  restart_policy      = "Always"

  key_vault_key_id                    = var.encryption.key_id
  key_vault_user_assigned_identity_id = var.encryption.identity_id

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this.id, var.encryption.identity_id]
  }

  image_registry_credential {
    server                    = var.registry.server
    user_assigned_identity_id = azurerm_user_assigned_identity.this.id
  }

  exposed_port {
    port     = local.services["gateway"].port
    protocol = "TCP"
  }

  dynamic "container" {
    for_each = local.services
    content {
      name   = container.key
      image  = "${var.registry.server}/sillage/${container.key}:${var.image_tag}"
      cpu    = var.sizes[container.key].cpu
      memory = var.sizes[container.key].memory_gib

      environment_variables = local.environment[container.key]
      # Not shown by Azure, but given to it by Terraform: these are in the state.
      secure_environment_variables = {
        for key in container.value.secrets : module.facts.secret_variables[key] => var.secrets[key]
      }

      dynamic "ports" {
        for_each = container.key == "gateway" ? [container.value.port] : []
        content {
          port     = ports.value
          protocol = "TCP"
        }
      }

      liveness_probe {
        initial_delay_seconds = 60
        period_seconds        = 10
        timeout_seconds       = 5
        failure_threshold     = 3
        http_get {
          path   = "/health/live"
          port   = local.ops_ports[container.key]
          scheme = "http"
        }
      }

      volume {
        name       = "tmp-${container.key}"
        mount_path = "/tmp"
        empty_dir  = true
      }

      dynamic "volume" {
        for_each = container.value.storage ? [var.results] : []
        content {
          name                 = "results-${container.key}"
          mount_path           = "/results"
          share_name           = volume.value.share
          storage_account_name = volume.value.account
          storage_account_key  = volume.value.key
        }
      }
    }
  }

  depends_on = [azurerm_role_assignment.images]
}
