import type { Values } from './chart-values.ts';

type Find = (kind: string, name: string, ...path: readonly string[]) => unknown;

/** Values that say 0, false, nothing or no list, over ones that say more, and what must come of it. */
export interface Falsy {
  readonly what: string;
  readonly on: string;
  readonly values: Values;
  /** Problems; none where it holds. */
  readonly expect: (find: Find) => string[];
}

const spec = ['spec', 'template', 'spec'] as const;

function same(got: unknown, want: unknown): string[] {
  return JSON.stringify(got) === JSON.stringify(want)
    ? []
    : [`got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`];
}
const isAbsent = (got: unknown) => (got === undefined ? [] : [`got ${JSON.stringify(got)}, want nothing`]);
const deployment = (find: Find, name: string, ...path: readonly string[]) =>
  find('Deployment', `sillage-${name}`, ...path);
const config = (find: Find, name: string, variable: string) =>
  find('ConfigMap', `sillage-${name}`, 'data', variable);
const text = (value: unknown) => JSON.stringify(value) ?? '';

export const falsy: readonly Falsy[] = [
  {
    what: 'replicas 0',
    on: 'minimal',
    values: { gateway: { replicas: 0 } },
    expect: (find) => same(deployment(find, 'gateway', 'spec', 'replicas'), 0),
  },
  {
    what: 'replicas 0 of a pool over 3 of inference',
    on: 'minimal',
    values: { inference: { replicas: 3, pools: { base: { replicas: 0 }, more: {} } } },
    expect: (find) => [
      ...same(deployment(find, 'inference-base', 'spec', 'replicas'), 0),
      ...same(deployment(find, 'inference-more', 'spec', 'replicas'), 3),
    ],
  },
  {
    what: 'revisionHistoryLimit 0',
    on: 'minimal',
    values: { defaults: { revisionHistoryLimit: 0 } },
    expect: (find) => same(deployment(find, 'auth', 'spec', 'revisionHistoryLimit'), 0),
  },
  {
    what: 'initialDelaySeconds 0 over 20',
    on: 'minimal',
    values: {
      defaults: { probes: { live: { initialDelaySeconds: 20 } } },
      gateway: { probes: { live: { initialDelaySeconds: 0 } } },
    },
    expect: (find) => {
      const delay = (name: string) =>
        text(deployment(find, name, ...spec, 'containers')).match(
          /"livenessProbe":.*?"initialDelaySeconds":(\d+)/,
        )?.[1];
      return [...same(delay('gateway'), '0'), ...same(delay('auth'), '20')];
    },
  },
  {
    what: 'rollout.maxSurge 0',
    on: 'minimal',
    values: { worker: { rollout: { maxSurge: 0, maxUnavailable: 1 } } },
    expect: (find) =>
      same(deployment(find, 'worker', 'spec', 'strategy', 'rollingUpdate'), {
        maxSurge: 0,
        maxUnavailable: 1,
      }),
  },
  {
    what: 'rollout.maxUnavailable 0 over 1',
    on: 'minimal',
    values: { defaults: { rollout: { maxUnavailable: 1 } }, auth: { rollout: { maxUnavailable: 0 } } },
    expect: (find) =>
      same(deployment(find, 'auth', 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable'), 0),
  },
  {
    what: 'disruptionBudget.enabled false',
    on: 'minimal',
    values: { sensors: { disruptionBudget: { enabled: false } } },
    expect: (find) => isAbsent(find('PodDisruptionBudget', 'sillage-sensors')),
  },
  {
    what: 'autoscaling.enabled false over true',
    on: 'staging',
    values: { defaults: { autoscaling: { enabled: true } }, sensors: { autoscaling: { enabled: false } } },
    expect: (find) => [
      ...isAbsent(find('HorizontalPodAutoscaler', 'sillage-sensors')),
      ...same(deployment(find, 'sensors', 'spec', 'replicas'), 2),
    ],
  },
  {
    what: 'cpuPercent 0 beside memory',
    on: 'staging',
    values: { gateway: { autoscaling: { cpuPercent: 0, memoryPercent: 80 } } },
    expect: (find) => {
      const metrics = text(find('HorizontalPodAutoscaler', 'sillage-gateway', 'spec', 'metrics'));
      return metrics.includes('memory') && !metrics.includes('cpu') ? [] : [metrics];
    },
  },
  {
    what: 'stabilizationWindowSeconds 0 while scaling in',
    on: 'staging',
    values: { gateway: { autoscaling: { behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } } } },
    expect: (find) =>
      same(
        find(
          'HorizontalPodAutoscaler',
          'sillage-gateway',
          'spec',
          'behavior',
          'scaleDown',
          'stabilizationWindowSeconds',
        ),
        0,
      ),
  },
  {
    what: 'KEDA: minReplicas, cooldownSeconds and fallbackReplicas 0',
    on: 'keda',
    values: { worker: { keda: { minReplicas: 0, cooldownSeconds: 0, fallbackReplicas: 0 } } },
    expect: (find) => [
      ...same(find('ScaledObject', 'sillage-worker', 'spec', 'minReplicaCount'), 0),
      ...same(find('ScaledObject', 'sillage-worker', 'spec', 'cooldownPeriod'), 0),
      ...isAbsent(find('ScaledObject', 'sillage-worker', 'spec', 'fallback')),
    ],
  },
  {
    what: 'topologySpread.enabled false',
    on: 'minimal',
    values: { auth: { topologySpread: { enabled: false } } },
    expect: (find) => isAbsent(deployment(find, 'auth', ...spec, 'topologySpreadConstraints')),
  },
  {
    what: 'a pool’s weight 0, and null, over 7',
    on: 'minimal',
    values: { inference: { weight: 7, pools: { base: { weight: 0 }, other: { weight: null } } } },
    expect: (find) =>
      same(
        config(find, 'gateway', 'INFERENCE_TARGET'),
        'dns:///sillage-inference-base.sillage.svc.cluster.local:50052=0,dns:///sillage-inference-other.sillage.svc.cluster.local:50052',
      ),
  },
  {
    what: 'spareGpus false over true',
    on: 'gpu',
    values: { inference: { spareGpus: true, pools: { 'predict-gpu': { spareGpus: false } } } },
    expect: (find) => [
      ...same(deployment(find, 'inference-predict-gpu', 'spec', 'strategy', 'rollingUpdate', 'maxSurge'), 0),
      ...same(deployment(find, 'inference-generate-gpu', 'spec', 'strategy', 'rollingUpdate', 'maxSurge'), 1),
    ],
  },
  {
    what: 'modelVolume.alone false over true, and a claim taken away',
    on: 'locked-down',
    values: {
      inference: {
        pools: {
          predict: { modelVolume: { alone: false } },
          generate: { modelVolume: { alone: false, existingClaim: '' } },
        },
      },
    },
    expect: (find) => [
      ...same(config(find, 'inference-predict', 'MODEL_PATH'), '/more-models:/models'),
      ...same(config(find, 'inference-generate', 'MODEL_PATH'), '/models'),
    ],
  },
  {
    what: 'variables that are 0, false and empty',
    on: 'development',
    values: {
      gateway: { config: { RATE_LIMIT_PER_MINUTE: 0, API_KEY_REQUIRED: false, LOG_LEVEL: '' } },
      sensors: { config: { READING_RETENTION_DAYS: 0 } },
    },
    expect: (find) => [
      ...same(config(find, 'gateway', 'RATE_LIMIT_PER_MINUTE'), '0'),
      ...same(config(find, 'gateway', 'API_KEY_REQUIRED'), 'false'),
      ...same(config(find, 'gateway', 'LOG_LEVEL'), ''),
      ...same(config(find, 'sensors', 'READING_RETENTION_DAYS'), '0'),
    ],
  },
  {
    what: 'a large number, written out',
    on: 'minimal',
    values: { inference: { config: { MAX_QUEUE_COST: 100_000_000 } } },
    expect: (find) => same(config(find, 'inference-base', 'MAX_QUEUE_COST'), '100000000'),
  },
  {
    what: 'networkPolicy.enabled false',
    on: 'minimal',
    values: { networkPolicy: { enabled: false } },
    expect: (find) => isAbsent(find('NetworkPolicy', 'sillage-default-deny')),
  },
  {
    what: 'peers without an entry: from anywhere',
    on: 'minimal',
    values: { networkPolicy: { peers: { prometheus: [] } } },
    expect: (find) =>
      same(find('NetworkPolicy', 'sillage-auth', 'spec', 'ingress'), [
        {
          ports: [{ port: 50_051, protocol: 'TCP' }],
          from: [
            {
              podSelector: {
                matchLabels: {
                  'app.kubernetes.io/name': 'sillage',
                  'app.kubernetes.io/instance': 'sillage',
                  'app.kubernetes.io/component': 'gateway',
                },
              },
            },
          ],
        },
        { ports: [{ port: 9464, protocol: 'TCP' }] },
      ]),
  },
  {
    what: 'webhooks.enabled false',
    on: 'minimal',
    values: { webhooks: { enabled: false } },
    expect: (find) => {
      const policy = text(find('NetworkPolicy', 'sillage-worker'));
      return policy.includes('0.0.0.0/0') ? [policy] : [];
    },
  },
  {
    what: 'monitoring.scraping false',
    on: 'minimal',
    values: { monitoring: { scraping: false } },
    expect: (find) => isAbsent(find('NetworkPolicy', 'sillage-worker', 'spec', 'ingress')),
  },
  {
    what: 'tracing.endpoint empty over an address',
    on: 'staging',
    values: { tracing: { endpoint: '' } },
    expect: (find) => isAbsent(config(find, 'gateway', 'OTEL_EXPORTER_OTLP_ENDPOINT')),
  },
  {
    what: 'tests.enabled and bootstrap.enabled false',
    on: 'development',
    values: { tests: { enabled: false }, bootstrap: { enabled: false } },
    expect: (find) =>
      ['test', 'bootstrap'].flatMap((name) => [
        ...isAbsent(find('ServiceAccount', `sillage-${name}`)),
        ...isAbsent(find('NetworkPolicy', `sillage-${name}`)),
      ]),
  },
  {
    what: 'migrations.enabled false',
    on: 'minimal',
    values: { migrations: { enabled: false } },
    expect: (find) => [
      ...isAbsent(find('Job', 'sillage-migrations')),
      ...same(config(find, 'auth', 'MIGRATE_ON_START'), 'true'),
    ],
  },
  {
    what: 'migrations: backoffLimit and waitSeconds 0',
    on: 'minimal',
    values: { migrations: { backoffLimit: 0, waitSeconds: 0 } },
    expect: (find) => {
      const job = text(find('Job', 'sillage-migrations', ...spec));
      return [
        ...same(find('Job', 'sillage-migrations', 'spec', 'backoffLimit'), 0),
        ...(job.includes('{"name":"MIGRATE_WAIT_S","value":"0"}') ? [] : [job]),
      ];
    },
  },
  {
    what: 'bootstrap.backoffLimit 0',
    on: 'development',
    values: { bootstrap: { backoffLimit: 0 } },
    expect: (find) => same(find('Job', 'sillage-bootstrap', 'spec', 'backoffLimit'), 0),
  },
  {
    what: 'gateway.grpc.enabled false',
    on: 'minimal',
    values: { gateway: { grpc: { enabled: false } } },
    expect: (find) => [
      ...isAbsent(config(find, 'gateway', 'GRPC_PORT')),
      ...(text(find('Service', 'sillage-gateway')).includes('8081') ? ['the Service has the port'] : []),
      ...(text(find('NetworkPolicy', 'sillage-gateway')).includes('8081') ? ['the policy has the port'] : []),
    ],
  },
  {
    what: 'nodePorts 0',
    on: 'minimal',
    values: { gateway: { service: { type: 'NodePort' } } },
    expect: (find) =>
      text(find('Service', 'sillage-gateway')).includes('"nodePort":') ? ['a port is set'] : [],
  },
  {
    what: 'persistence.enabled false',
    on: 'development',
    values: { redis: { bundled: { persistence: { enabled: false } } } },
    expect: (find) => [
      ...isAbsent(find('StatefulSet', 'sillage-redis', 'spec', 'volumeClaimTemplates')),
      ...(find('StatefulSet', 'sillage-postgres', 'spec', 'volumeClaimTemplates')
        ? []
        : ['Postgres has none']),
    ],
  },
  {
    what: 'results.folder.oneNode false over true',
    on: 'development',
    values: { results: { folder: { oneNode: false } } },
    expect: (find) => [
      ...same(find('PersistentVolumeClaim', 'sillage-results', 'spec', 'accessModes'), ['ReadWriteMany']),
      ...isAbsent(deployment(find, 'gateway', ...spec, 'affinity')),
    ],
  },
  {
    what: 'results.bucket.keysInSecret false over true',
    on: 'gcp',
    values: { results: { bucket: { keysInSecret: false } } },
    expect: (find) =>
      text(deployment(find, 'gateway', ...spec, 'containers')).includes('AWS_')
        ? ['credentials are given']
        : [],
  },
  {
    what: 'image.tag and digest empty over others',
    on: 'locked-down',
    values: { image: { tag: '9.9.9' }, auth: { image: { tag: '', digest: '' } } },
    expect: (find) =>
      text(deployment(find, 'auth', ...spec, 'containers')).includes(
        '"registry.example.com/sillage/auth:9.9.9"',
      )
        ? []
        : [text(deployment(find, 'auth', ...spec, 'containers'))],
  },
  {
    what: 'null takes a label of a node away',
    on: 'minimal',
    values: {
      defaults: { nodeSelector: { disk: 'ssd', zone: 'a' } },
      auth: { nodeSelector: { disk: null } },
    },
    expect: (find) => same(deployment(find, 'auth', ...spec, 'nodeSelector'), { zone: 'a' }),
  },
];
