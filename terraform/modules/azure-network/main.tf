# A network of four subnets: the door, workloads (out through NAT), the database, and private endpoints of other stores.

resource "azurerm_virtual_network" "this" {
  name                = var.place.name
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
  address_space       = [var.cidr]
}

locals {
  subnets = {
    door      = { cidr = cidrsubnet(var.cidr, 8, 0), services = [], delegation = null }
    workloads = { cidr = cidrsubnet(var.cidr, 4, 1), services = ["Microsoft.KeyVault"], delegation = var.workload_delegation }
    postgres  = { cidr = cidrsubnet(var.cidr, 8, 32), services = [], delegation = "Microsoft.DBforPostgreSQL/flexibleServers" }
    endpoints = { cidr = cidrsubnet(var.cidr, 8, 33), services = [], delegation = null }
  }
}

resource "azurerm_subnet" "this" {
  for_each                        = local.subnets
  name                            = each.key
  resource_group_name             = var.place.group
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [each.value.cidr]
  default_outbound_access_enabled = false

  dynamic "service_endpoint" {
    for_each = each.value.services
    content {
      service = service_endpoint.value
    }
  }

  dynamic "delegation" {
    for_each = each.value.delegation == null ? [] : [each.value.delegation]
    content {
      name = "one"
      service_delegation {
        name    = delegation.value
        actions = ["Microsoft.Network/virtualNetworks/subnets/${delegation.value == "Microsoft.ContainerInstance/containerGroups" ? "action" : "join/action"}"]
      }
    }
  }
}

# ---- what may come in

locals {
  open = {
    door = [
      { name = "https", port = "443", from = "Internet" },
      # How Azure looks after its gateways.
      { name = "management", port = "65200-65535", from = "GatewayManager" },
      { name = "probes", port = "*", from = "AzureLoadBalancer" },
    ]
    workloads = [
      { name = "gateway", port = tostring(var.gateway_port), from = local.subnets.door.cidr },
      { name = "itself", port = "*", from = local.subnets.workloads.cidr },
      { name = "probes", port = "*", from = "AzureLoadBalancer" },
    ]
    postgres  = [{ name = "postgres", port = "5432", from = local.subnets.workloads.cidr }, { name = "itself", port = "*", from = local.subnets.postgres.cidr }]
    endpoints = [{ name = "stores", port = "*", from = local.subnets.workloads.cidr }]
  }
}

resource "azurerm_network_security_group" "this" {
  for_each            = local.open
  name                = "${var.place.name}-${each.key}"
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags

  dynamic "security_rule" {
    for_each = each.value
    content {
      name                       = security_rule.value.name
      priority                   = 100 + security_rule.key
      direction                  = "Inbound"
      access                     = "Allow"
      protocol                   = "Tcp"
      source_address_prefix      = security_rule.value.from
      source_port_range          = "*"
      destination_address_prefix = "*"
      destination_port_range     = security_rule.value.port
    }
  }

  security_rule {
    name                       = "nothing-else"
    priority                   = 4096
    direction                  = "Inbound"
    access                     = "Deny"
    protocol                   = "*"
    source_address_prefix      = "*"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_range     = "*"
  }
}

resource "azurerm_subnet_network_security_group_association" "this" {
  for_each                  = local.open
  subnet_id                 = azurerm_subnet.this[each.key].id
  network_security_group_id = azurerm_network_security_group.this[each.key].id
}

# ---- the way out

resource "azurerm_public_ip" "nat" {
  name                = "${var.place.name}-nat"
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
  allocation_method   = "Static"
  sku                 = "Standard"
}

resource "azurerm_nat_gateway" "this" {
  name                = var.place.name
  resource_group_name = var.place.group
  location            = var.place.location
  tags                = var.place.tags
  sku_name            = "Standard"
}

resource "azurerm_nat_gateway_public_ip_association" "this" {
  nat_gateway_id       = azurerm_nat_gateway.this.id
  public_ip_address_id = azurerm_public_ip.nat.id
}

resource "azurerm_subnet_nat_gateway_association" "workloads" {
  subnet_id      = azurerm_subnet.this["workloads"].id
  nat_gateway_id = azurerm_nat_gateway.this.id
}

# ---- names of the stores, as they resolve within the network

locals {
  zones = {
    postgres = "${var.place.name}.private.postgres.database.azure.com"
    redis    = "privatelink.redis.azure.net"
    blob     = "privatelink.blob.core.windows.net"
    file     = "privatelink.file.core.windows.net"
  }
}

resource "azurerm_private_dns_zone" "this" {
  for_each            = local.zones
  name                = each.value
  resource_group_name = var.place.group
  tags                = var.place.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  for_each            = local.zones
  name                = each.key
  private_dns_zone_id = azurerm_private_dns_zone.this[each.key].id
  virtual_network_id  = azurerm_virtual_network.this.id
  tags                = var.place.tags
}
