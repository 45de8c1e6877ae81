# The fleet on Fargate: no nodes to keep, no GPUs. Services find each other through Service Connect, whose proxies spread
# gRPC calls over tasks as they come and go.

data "aws_region" "current" {}

module "facts" {
  source = "../sillage"
}

locals {
  services = { for name, service in module.facts.services : name => merge(service, var.sizes[name]) }

  # Pairs caller → called, from the list of edges: the only ways open between services.
  calls = merge([
    for name, service in local.services : { for to in service.calls : "${name}-${to}" => { from = name, to = to } }
  ]...)

  targets = {
    auth      = "AUTH_TARGET"
    inference = "INFERENCE_TARGET"
    sensors   = "SENSORS_TARGET"
  }
}

resource "aws_ecs_cluster" "this" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  configuration {
    managed_storage_configuration {
      fargate_ephemeral_storage_kms_key_id = var.kms_key_arn
    }
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_service_discovery_http_namespace" "this" {
  name        = var.name
  description = "Services of ${var.name}"
}

resource "aws_cloudwatch_log_group" "service" {
  for_each          = local.services
  name              = "/${var.name}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

# ---- network: one security group per service, one rule per edge

resource "aws_security_group" "service" {
  for_each    = local.services
  name_prefix = "${var.name}-${each.key}-"
  description = "Sillage ${each.key}"
  vpc_id      = var.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "call" {
  for_each                     = local.calls
  security_group_id            = aws_security_group.service[each.value.to].id
  description                  = "${each.value.from} calls ${each.value.to}"
  referenced_security_group_id = aws_security_group.service[each.value.from].id
  ip_protocol                  = "tcp"
  from_port                    = local.services[each.value.to].port
  to_port                      = local.services[each.value.to].port
}

resource "aws_vpc_security_group_egress_rule" "call" {
  for_each                     = local.calls
  security_group_id            = aws_security_group.service[each.value.from].id
  description                  = "${each.value.from} calls ${each.value.to}"
  referenced_security_group_id = aws_security_group.service[each.value.to].id
  ip_protocol                  = "tcp"
  from_port                    = local.services[each.value.to].port
  to_port                      = local.services[each.value.to].port
}

# Images, secrets, logs and S3, and for the worker webhooks. Names are resolved by the network itself.
resource "aws_vpc_security_group_egress_rule" "https" {
  for_each          = local.services
  security_group_id = aws_security_group.service[each.key].id
  description       = "HTTPS: images, secrets, logs, buckets"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

locals {
  stores = merge(
    { for name, s in local.services : "${name}-postgres" => { from = name, port = 5432 } if contains(s.secrets, "database-url") },
    { for name, s in local.services : "${name}-redis" => { from = name, port = 6379 } if contains(s.secrets, "redis-url") },
  )
  store_rules = {
    for pair in setproduct(keys(local.stores), range(length(var.data_cidrs))) :
    "${pair[0]}-${pair[1]}" => merge(local.stores[pair[0]], { cidr = var.data_cidrs[pair[1]] })
  }
}

resource "aws_vpc_security_group_egress_rule" "store" {
  for_each          = local.store_rules
  security_group_id = aws_security_group.service[each.value.from].id
  description       = each.key
  cidr_ipv4         = each.value.cidr
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
}
