locals {
  ip_blocks = { for name, cidrs in { clients = module.network.public_cidrs, stores = module.network.data_cidrs } :
    name => [for cidr in cidrs : { ipBlock = { cidr = cidr } }]
  }
}

output "chart_values" {
  description = "Values of the chart that only Terraform knows: helm upgrade … -f values-aws.yaml -f THIS."
  value = yamlencode(merge(
    {
      results       = { bucket = { name = module.bucket.bucket, region = data.aws_region.current.name } }
      secrets       = { existingSecret = "sillage", externalSecret = { enabled = false } }
      networkPolicy = { peers = { clients = local.ip_blocks.clients, postgres = local.ip_blocks.stores, redis = local.ip_blocks.stores } }
    },
    { for name, arn in module.cluster.service_role_arns :
      name => { serviceAccount = { annotations = { "eks.amazonaws.com/role-arn" = arn } } }
    },
  ))
}

output "kubernetes_manifests" {
  description = <<-EOT
    What ties the cluster to what is outside of it: the Secret `sillage` from Secrets Manager (External Secrets operator)
    and the gateway's pods as targets of the load balancer (AWS load balancer controller). For kubectl apply -f -.
  EOT
  value       = join("---\n", [for manifest in local.manifests : yamlencode(manifest)])
}

locals {
  manifests = [
    {
      apiVersion = "external-secrets.io/v1"
      kind       = "ClusterSecretStore"
      metadata   = { name = "aws" }
      spec       = { provider = { aws = { service = "SecretsManager", region = data.aws_region.current.name } } }
    },
    {
      apiVersion = "external-secrets.io/v1"
      kind       = "ExternalSecret"
      metadata   = { name = "sillage", namespace = "sillage" }
      spec = {
        refreshInterval = "1h"
        secretStoreRef  = { kind = "ClusterSecretStore", name = "aws" }
        data            = [for key, arn in local.secret_arns : { secretKey = key, remoteRef = { key = arn } }]
      }
    },
    {
      apiVersion = "elbv2.k8s.aws/v1beta1"
      kind       = "TargetGroupBinding"
      metadata   = { name = "gateway", namespace = "sillage" }
      spec = {
        targetGroupARN = module.door.target_group_arn
        targetType     = "ip"
        serviceRef     = { name = "sillage-gateway", port = "http" }
      }
    },
  ]
}

output "operator_role_arns" {
  description = "Roles of External Secrets, the load balancer controller and the cluster autoscaler."
  value       = module.cluster.operator_role_arns
}

output "kubeconfig_command" {
  description = "Brings kubectl to the cluster."
  value       = "aws eks update-kubeconfig --region ${data.aws_region.current.name} --name ${module.cluster.name}"
}

output "key_arn" {
  description = "Key of this region."
  value       = module.key.arn
}

output "database_arn" {
  description = "The database, for replicas."
  value       = module.postgres.arn
}

output "bucket_arn" {
  description = "Bucket of inputs and results."
  value       = module.bucket.arn
}

output "door" {
  description = "Name and zone of the load balancer, for DNS."
  value       = { name = module.door.dns_name, zone_id = module.door.dns_zone_id }
}
