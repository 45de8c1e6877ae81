output "services" {
  description = <<-EOT
    By name: `port` it serves on (null: none), `ops_port` of health and metrics, `calls` (services it calls by gRPC),
    `secrets` it is given (keys of the chart's Secret), and `storage` (whether it keeps inputs and results of jobs).
  EOT
  value = {
    for name in local.names : name => {
      port     = try(local.graph.parties[name].ports.http, local.graph.parties[name].ports.grpc, null)
      ops_port = local.graph.parties[name].ports.ops
      calls    = [for to in local.reaches[name] : to if contains(local.names, to)]
      storage  = contains(local.reaches[name], "bucket")
      secrets = compact([
        contains(local.reaches[name], "postgres") ? "database-url" : "",
        contains(local.reaches[name], "redis") ? "redis-url" : "",
        contains(local.seals, name) ? "encryption-key" : "",
      ])
    }
  }
}

output "secret_variables" {
  description = "Environment variable that each key of the Secret becomes."
  value = {
    "database-url"   = "DATABASE_URL"
    "redis-url"      = "REDIS_URL"
    "encryption-key" = "ENCRYPTION_KEY"
  }
}
