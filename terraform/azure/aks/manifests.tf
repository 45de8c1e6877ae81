locals {
  manifests = [
    {
      apiVersion = "external-secrets.io/v1"
      kind       = "ClusterSecretStore"
      metadata   = { name = "azure" }
      spec = { provider = { azurekv = {
        authType          = "WorkloadIdentity"
        vaultUrl          = module.vault.uri
        tenantId          = module.cluster.tenant_id
        serviceAccountRef = { name = "external-secrets", namespace = "external-secrets" }
      } } }
    },
    {
      apiVersion = "external-secrets.io/v1"
      kind       = "ExternalSecret"
      metadata   = { name = "sillage", namespace = "sillage" }
      spec = {
        refreshInterval = "1h"
        secretStoreRef  = { kind = "ClusterSecretStore", name = "azure" }
        data            = [for key in keys(local.secret_ids) : { secretKey = key, remoteRef = { key = key } }]
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
        mountOptions                  = ["-o allow_other", "--file-cache-timeout-in-seconds=0"]
        claimRef                      = { name = "sillage-results", namespace = "sillage" }
        csi = {
          driver       = "blob.csi.azure.com"
          volumeHandle = "${module.storage.account_name}_${module.storage.container_name}"
          volumeAttributes = {
            protocol                     = "fuse2"
            storageAccount               = module.storage.account_name
            containerName                = module.storage.container_name
            AzureStorageAuthType         = "MSI"
            AzureStorageIdentityClientID = module.cluster.kubelet_client_id
          }
        }
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
  ]
}
