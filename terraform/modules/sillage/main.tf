# What every cloud must know of the fleet, without any cloud in it: services, ports, and what each one may reach.
# Ports and reach come from the chart's list of edges, so that Terraform, NetworkPolicies and mesh cannot disagree.

terraform {
  required_version = ">= 1.11.0"
}

locals {
  graph    = yamldecode(file("${path.module}/../../../charts/sillage/files/edges.yaml"))
  names    = sort([for name, party in local.graph.parties : name if party.kind == "service"])
  internal = [for edge in local.graph.edges : edge if contains(local.names, edge.from)]

  reaches = { for name in local.names : name => distinct([for edge in local.internal : edge.to if edge.from == name]) }

  # Keys, tokens of devices and secrets of webhooks are sealed with ENCRYPTION_KEY by these alone.
  seals = ["auth", "gateway", "worker"]
}
