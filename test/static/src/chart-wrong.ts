import type { Values } from './chart-values.ts';

/** Values that cannot work, laid over a scenario, and what the refusal must say. */
export interface Wrong {
  readonly what: string;
  readonly on: string;
  readonly values: Values;
  readonly says: readonly string[];
}

const zeros = '0'.repeat(64);

/** The templates' refusals say what would mend it; the schema's name the key and what it may be. */
export const wrong: readonly Wrong[] = [
  {
    what: 'no source of secrets',
    on: 'minimal',
    values: { secrets: { existingSecret: '' } },
    says: ['secrets: no source', 'Set secrets.existingSecret'],
  },
  {
    what: 'two sources of secrets',
    on: 'minimal',
    values: { secrets: { generate: true } },
    says: ['more than one source', 'Keep one of'],
  },
  {
    what: 'External Secrets without a store',
    on: 'aws',
    values: { secrets: { externalSecret: { storeRef: { name: '' } } } },
    says: ['secrets.externalSecret.storeRef.name: is needed', 'ClusterSecretStore'],
  },
  {
    what: 'secrets made up without a cluster to keep them',
    on: 'development',
    values: { secrets: { values: { encryptionKey: '' } } },
    says: ['each render would have another key', 'pin secrets.values.{encryptionKey}'],
  },
  {
    what: 'pinned secrets without the encryption key',
    on: 'development',
    values: { secrets: { generate: false, values: { encryptionKey: '' } } },
    says: ['secrets.values.encryptionKey: is needed', 'openssl rand -hex 32'],
  },
  {
    what: 'an external Postgres without its address',
    on: 'development',
    values: { postgres: { mode: 'external' } },
    says: ['secrets.values.databaseUrl: is needed', 'postgres://USER:PASSWORD@HOST:5432/DATABASE'],
  },
  {
    what: 'an external Redis without its address',
    on: 'development',
    values: { redis: { mode: 'external' } },
    says: ['secrets.values.redisUrl: is needed', 'set redis.mode to bundled or none'],
  },
  {
    what: 'a bucket’s credentials half given',
    on: 'development',
    values: {
      results: { type: 'bucket', bucket: { name: 'results', keysInSecret: true } },
      secrets: { values: { s3AccessKeyId: 'id' } },
    },
    says: ['s3SecretAccessKey: are needed', 'keysInSecret to false'],
  },
  {
    what: 'readings from a broker nobody named',
    on: 'development',
    values: { sensors: { mqtt: { enabled: true } } },
    says: ['secrets.values.mqttUrl: is needed', 'sensors.mqtt.enabled to false'],
  },
  {
    what: 'several pods that each subscribe to everything',
    on: 'development',
    values: {
      sensors: { replicas: 2, mqtt: { enabled: true, clientCertificate: true } },
      secrets: { values: { mqttUrl: 'mqtt://b' } },
    },
    says: ['sensors.mqtt.share: is needed', 'sensors.mqtt.tlsSecret: is needed'],
  },
  {
    what: 'reports of errors to nobody',
    on: 'development',
    values: { errorReports: { enabled: true } },
    says: ['secrets.values.sentryDsn: is needed', 'errorReports.enabled to false'],
  },
  {
    what: 'a Redis that throws the queue away',
    on: 'development',
    values: { redis: { bundled: { maxMemoryPolicy: 'allkeys-lru' } } },
    says: ['redis.bundled.maxMemoryPolicy: is allkeys-lru', 'set it to noeviction'],
  },
  {
    what: 'a bucket without a name',
    on: 'minimal',
    values: { results: { bucket: { name: '' } } },
    says: ['results.bucket.name: is needed', 'set results.type to folder'],
  },
  {
    what: 'production on one node’s volume',
    on: 'azure',
    values: { results: { folder: { oneNode: true } } },
    says: ['results.folder.oneNode: keeps all gateways and workers on one node', 'results.type bucket'],
  },
  {
    what: 'bundled stores in production',
    on: 'development',
    values: { environment: 'production', results: { folder: { oneNode: false } } },
    says: ['bundled stores have one pod and no backup', 'set mode to external'],
  },
  {
    what: 'two autoscalers of one service',
    on: 'keda',
    values: { worker: { autoscaling: { enabled: true } } },
    says: ['worker: autoscaling.enabled and keda.enabled', 'set one of them to false'],
  },
  {
    what: 'more pods at least than at most',
    on: 'staging',
    values: { gateway: { autoscaling: { minReplicas: 9 } } },
    says: ['gateway.autoscaling: minReplicas 9 is more than maxReplicas 4', 'raise maxReplicas'],
  },
  {
    what: 'an autoscaler that looks at nothing',
    on: 'staging',
    values: { inference: { autoscaling: { cpuPercent: 0 } } },
    says: ['inference.pools.base.autoscaling: looks at nothing', 'set cpuPercent'],
  },
  {
    what: 'KEDA with more pods at least than at most',
    on: 'keda',
    values: { worker: { keda: { minReplicas: 20 } } },
    says: ['worker.keda: minReplicas 20 is more than maxReplicas 10', 'raise maxReplicas'],
  },
  {
    what: 'KEDA for inference without Prometheus',
    on: 'keda',
    values: { inference: { keda: { prometheusAddress: '' } } },
    says: ['inference.pools.base.keda.prometheusAddress: is needed', 'http://prometheus-operated'],
  },
  {
    what: 'KEDA for inference that Prometheus does not know of',
    on: 'keda',
    values: { monitoring: { podMonitor: { enabled: false } } },
    says: ['nothing tells Prometheus of them', 'set monitoring.podMonitor.enabled'],
  },
  {
    what: 'a disruption budget that blocks drains',
    on: 'minimal',
    values: { defaults: { disruptionBudget: { maxUnavailable: 0 } } },
    says: ['gateway.disruptionBudget.maxUnavailable: 0 would block every drain', 'set it to 1'],
  },
  {
    what: 'a roll-out that can never begin',
    on: 'minimal',
    values: { auth: { rollout: { maxSurge: 0 } } },
    says: ['auth.rollout: maxSurge and maxUnavailable are both 0', 'set one of them to 1'],
  },
  {
    what: 'a new pod that waits for the old one’s GPU',
    on: 'gpu',
    values: { inference: { pools: { 'predict-gpu': { rollout: { maxSurge: 1 } } } } },
    says: [
      'inference.pools.predict-gpu.rollout.maxSurge: a new pod would wait for the GPU',
      'set spareGpus to true',
    ],
  },
  {
    what: 'a pool on GPUs without a GPU',
    on: 'minimal',
    values: { inference: { pools: { base: { device: 'cuda' } } } },
    says: ['inference.pools.base.resources.limits: device cuda without a GPU', 'add nvidia.com/gpu: 1'],
  },
  {
    what: 'no models',
    on: 'minimal',
    values: { inference: { modelVolume: { alone: true } } },
    says: ['inference.pools.base.modelVolume.alone: leaves no models', 'set modelVolume.existingClaim'],
  },
  {
    what: 'no pool',
    on: 'minimal',
    values: { inference: { pools: { base: null } } },
    says: ['inference.pools: there is no pool', 'add one, for instance inference.pools.base: {}'],
  },
  {
    what: 'a secret in a ConfigMap',
    on: 'minimal',
    values: { gateway: { config: { ENCRYPTION_KEY: zeros } } },
    says: ['gateway.config.ENCRYPTION_KEY: is a secret', 'put it in the Secret'],
  },
  {
    what: 'a drain that the grace period knows nothing of',
    on: 'minimal',
    values: { worker: { config: { SHUTDOWN_TIMEOUT_MS: 300_000 } } },
    says: ['worker.config.SHUTDOWN_TIMEOUT_MS: comes from drainSeconds', 'set worker.drainSeconds'],
  },
  {
    what: 'a variable that is the chart’s own',
    on: 'minimal',
    values: { sensors: { config: { INFERENCE_TARGET: 'elsewhere:1' } } },
    says: ['sensors.config.INFERENCE_TARGET: is set by the chart', 'leave it out'],
  },
  {
    what: 'routes without a Gateway',
    on: 'aws',
    values: { gatewayApi: { parentRefs: [] } },
    says: ['gatewayApi.parentRefs: is needed', 'name the Gateway'],
  },
  {
    what: 'a gRPC route to a port that is shut',
    on: 'aws',
    values: { gateway: { grpc: { enabled: false } } },
    says: ['the gateway’s gRPC port is shut'.replace('’', "'"), 'set gateway.grpc.enabled to true'],
  },
  {
    what: 'HTTP and gRPC on one host of one listener',
    on: 'aws',
    values: { gatewayApi: { grpc: { hostnames: [] } } },
    says: ['gatewayApi.grpc.hostnames: an HTTPRoute and a GRPCRoute may not share a host', 'of its own'],
  },
  {
    what: 'an Ingress without a host',
    on: 'no-operators',
    values: { ingress: { hosts: [] } },
    says: ['ingress.hosts: is needed', 'for instance [api.example.com]'],
  },
  {
    what: 'ports of nodes that nobody opens',
    on: 'minimal',
    values: { gateway: { service: { nodePorts: { http: 30080 } } } },
    says: [
      'gateway.service.nodePorts: have no effect with type ClusterIP',
      'set gateway.service.type to NodePort',
    ],
  },
  {
    what: 'production without keys',
    on: 'minimal',
    values: { gateway: { config: { API_KEY_REQUIRED: false } } },
    says: ['gateway.config.API_KEY_REQUIRED: false opens the API to everybody', 'leave it out'],
  },
  ...[
    ['gatewayApi.enabled', 'aws', 'gateway.networking.k8s.io/v1/HTTPRoute'],
    ['monitoring.podMonitor.enabled', 'staging', 'monitoring.coreos.com/v1/PodMonitor'],
    ['monitoring.rules.enabled', 'staging', 'monitoring.coreos.com/v1/PrometheusRule'],
    ['secrets.externalSecret.enabled', 'aws', 'external-secrets.io/v1/ExternalSecret'],
    ['worker.keda.enabled', 'keda', 'keda.sh/v1alpha1/ScaledObject'],
  ].map(([key = '', on = '', kind = '']) => ({
    what: `${key} in a cluster that does not know ${kind}`,
    on,
    values: { crdCheck: true },
    says: [`${key}: the cluster does not know ${kind}`, `or set ${key} to false`, 'set crdCheck to false'],
  })),
  { what: 'a key that is misspelt', on: 'minimal', values: { gatway: {} }, says: ["'gatway'"] },
  {
    what: 'a key that is misspelt deep inside',
    on: 'minimal',
    values: { gateway: { autoscaling: { minReplica: 1 } } },
    says: ['/gateway/autoscaling', "'minReplica'"],
  },
  {
    what: 'a variable that the service does not have',
    on: 'minimal',
    values: { auth: { config: { CORS_ORIGINS: '*' } } },
    says: ['/auth/config', 'CORS_ORIGINS'],
  },
  {
    what: 'a text for a number',
    on: 'minimal',
    values: { gateway: { replicas: 'two' } },
    says: ['/gateway/replicas', 'want integer'],
  },
  {
    what: 'a number that is too small',
    on: 'minimal',
    values: { defaults: { drainSeconds: 0 } },
    says: ['/defaults/drainSeconds', 'want 1'],
  },
  {
    what: 'an environment that nobody knows',
    on: 'minimal',
    values: { environment: 'prod' },
    says: ['/environment', "'development', 'test', 'staging', 'production'"],
  },
  {
    what: 'a digest that is none',
    on: 'minimal',
    values: { worker: { image: { digest: 'sha256:1234' } } },
    says: ['/worker/image/digest', 'sha256:[0-9a-f]{64}'],
  },
  {
    what: 'a pool whose name makes no name of an object',
    on: 'minimal',
    values: { inference: { pools: { 'Predict GPU': {} } } },
    says: ["'/inference/pools'", 'Predict GPU'],
  },
  {
    what: 'an encryption key that is too short',
    on: 'development',
    values: { secrets: { values: { encryptionKey: 'abc' } } },
    says: ['/secrets/values/encryptionKey', '{64}'],
  },
];
