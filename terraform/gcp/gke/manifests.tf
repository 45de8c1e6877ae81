locals {
  manifests = [
    {
      apiVersion = "external-secrets.io/v1"
      kind       = "ClusterSecretStore"
      metadata   = { name = "gcp" }
      spec       = { provider = { gcpsm = { projectID = var.project } } }
    },
    {
      apiVersion = "external-secrets.io/v1"
      kind       = "ExternalSecret"
      metadata   = { name = "sillage", namespace = "sillage" }
      spec = {
        refreshInterval = "1h"
        secretStoreRef  = { kind = "ClusterSecretStore", name = "gcp" }
        data = [for key, secret in merge(local.secrets, { redis-ca = module.redis.ca_secret }) :
          { secretKey = key, remoteRef = { key = secret } }
        ]
      }
    },
    {
      apiVersion = "v1"
      kind       = "PersistentVolume"
      metadata   = { name = "sillage-results" }
      spec = {
        accessModes                   = ["ReadWriteMany"]
        capacity                      = { storage = "1Ti" }
        storageClassName              = ""
        persistentVolumeReclaimPolicy = "Retain"
        mountOptions                  = ["implicit-dirs", "uid=10001", "gid=10001"]
        claimRef                      = { name = "sillage-results", namespace = "sillage" }
        csi                           = { driver = "gcsfuse.csi.storage.gke.io", volumeHandle = module.bucket.name }
      }
    },
    {
      apiVersion = "v1"
      kind       = "PersistentVolumeClaim"
      metadata   = { name = "sillage-results", namespace = "sillage" }
      spec = {
        accessModes      = ["ReadWriteMany"]
        storageClassName = ""
        volumeName       = "sillage-results"
        resources        = { requests = { storage = "1Ti" } }
      }
    },
    {
      apiVersion = "gateway.networking.k8s.io/v1"
      kind       = "Gateway"
      metadata = {
        name        = "sillage"
        namespace   = "sillage"
        annotations = { "networking.gke.io/certmap" = module.door.certificate_map }
      }
      spec = {
        gatewayClassName = "gke-l7-global-external-managed"
        addresses        = [{ type = "NamedAddress", value = module.door.address_name }]
        listeners        = [{ name = "https", protocol = "HTTPS", port = 443, allowedRoutes = { namespaces = { from = "Same" } } }]
      }
    },
    {
      apiVersion = "networking.gke.io/v1"
      kind       = "GCPGatewayPolicy"
      metadata   = { name = "sillage", namespace = "sillage" }
      spec = {
        default   = { sslPolicy = module.door.ssl_policy }
        targetRef = { group = "gateway.networking.k8s.io", kind = "Gateway", name = "sillage" }
      }
    },
    {
      apiVersion = "networking.gke.io/v1"
      kind       = "GCPBackendPolicy"
      metadata   = { name = "sillage-gateway", namespace = "sillage" }
      spec = {
        default   = { securityPolicy = module.door.security_policy, timeoutSec = 330 }
        targetRef = { group = "", kind = "Service", name = "sillage-gateway" }
      }
    },
    {
      apiVersion = "networking.gke.io/v1"
      kind       = "HealthCheckPolicy"
      metadata   = { name = "sillage-gateway", namespace = "sillage" }
      spec = {
        default   = { config = { type = "HTTP", httpHealthCheck = { requestPath = "/ready", portSpecification = "USE_SERVING_PORT" } } }
        targetRef = { group = "", kind = "Service", name = "sillage-gateway" }
      }
    },
  ]
}
