# The public door: an Application Gateway with a firewall, TLS from a certificate in the vault, requests to the gateway's
# private addresses.

resource "azurerm_public_ip" "this" {
  name                = "${var.place.name}-door"
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
  allocation_method   = "Static"
  sku                 = "Standard"
  zones               = ["1", "2", "3"]
}

resource "azurerm_user_assigned_identity" "this" {
  name                = "${var.place.name}-door"
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
}

# The certificate, and no other secret of the vault.
resource "azurerm_role_assignment" "certificate" {
  scope                = "${var.vault_id}/secrets/${var.certificate_name}"
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.this.principal_id
}

resource "azurerm_web_application_firewall_policy" "this" {
  name                = var.place.name
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags

  policy_settings {
    enabled = true
    mode    = "Prevention"
    # Molecules look like attacks on other programs, and bodies are checked by the gateway to the last character.
    request_body_check = false
  }

  managed_rules {
    managed_rule_set {
      type    = "Microsoft_DefaultRuleSet"
      version = "2.1"
    }
  }

  # A ceiling per address far above any tier; tiers are counted by the gateway.
  custom_rules {
    name                 = "flood"
    priority             = 1
    rule_type            = "RateLimitRule"
    action               = "Block"
    rate_limit_duration  = "FiveMins"
    rate_limit_threshold = var.flood_limit
    group_rate_limit_by  = "ClientAddr"

    match_conditions {
      operator           = "IPMatch"
      negation_condition = true
      match_values       = ["255.255.255.255/32"]
      match_variables {
        variable_name = "RemoteAddr"
      }
    }
  }
}

resource "azurerm_application_gateway" "this" {
  name                = var.place.name
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
  zones               = ["1", "2", "3"]
  firewall_policy_id  = azurerm_web_application_firewall_policy.this.id
  http2_enabled       = true

  sku {
    name = "WAF_v2"
    tier = "WAF_v2"
  }

  autoscale_configuration {
    min_capacity = var.production ? 2 : 0
    max_capacity = 10
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this.id]
  }

  gateway_ip_configuration {
    name      = "subnet"
    subnet_id = var.subnet_id
  }

  frontend_ip_configuration {
    name                 = "public"
    public_ip_address_id = azurerm_public_ip.this.id
  }

  frontend_port {
    name = "https"
    port = 443
  }

  ssl_certificate {
    name                = "door"
    key_vault_secret_id = "${var.vault_uri}secrets/${var.certificate_name}"
  }

  ssl_policy {
    policy_type = "Predefined"
    policy_name = "AppGwSslPolicy20220101S"
  }

  http_listener {
    name                           = "https"
    frontend_ip_configuration_name = "public"
    frontend_port_name             = "https"
    protocol                       = "Https"
    host_name                      = var.domain
    ssl_certificate_name           = "door"
  }

  backend_address_pool {
    name         = "gateways"
    ip_addresses = var.gateway_addresses
  }

  backend_http_settings {
    name                  = "gateway"
    port                  = var.gateway_port
    protocol              = "Http"
    cookie_based_affinity = "Disabled"
    request_timeout       = 330 # longer than the longest generation
    probe_name            = "ready"
    connection_draining {
      enabled           = true
      drain_timeout_sec = 60
    }
  }

  probe {
    name                = "ready"
    protocol            = "Http"
    host                = "127.0.0.1"
    path                = "/ready"
    interval            = 10
    timeout             = 5
    unhealthy_threshold = 2
  }

  request_routing_rule {
    name                       = "all"
    priority                   = 1
    rule_type                  = "Basic"
    http_listener_name         = "https"
    backend_address_pool_name  = "gateways"
    backend_http_settings_name = "gateway"
  }

  depends_on = [azurerm_role_assignment.certificate]
}

resource "azurerm_dns_a_record" "this" {
  name                = var.dns.record
  zone_name           = var.dns.zone
  resource_group_name = var.dns.group
  ttl                 = 300
  target_resource_id  = azurerm_public_ip.this.id
}
