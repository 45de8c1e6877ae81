import { setTimeout as delay } from 'node:timers/promises';
import { type ApiClient, apiClient } from '../support/api-client.ts';
import { type Ended, output, root, run, until } from './shell.ts';

/** The release under test. */
export const namespace = 'sillage-test';
export const release = 'sillage';
export const services = ['gateway', 'auth', 'sensors', 'worker', 'inference'] as const;
export type Service = (typeof services)[number];

const nodeAddress = process.env['SILLAGE_NODE_ADDRESS'] ?? '127.0.0.1';

export interface Pod {
  readonly name: string;
  readonly component: string;
  readonly ip: string;
  readonly uid: string;
  readonly isReady: boolean;
  readonly isLeaving: boolean;
  readonly restarts: number;
  readonly image: string;
  /** Of the service's own container, without the runtime's prefix. */
  readonly containerId: string;
  readonly ports: readonly { readonly name: string; readonly port: number }[];
}

interface PodObject {
  metadata: { name: string; uid: string; deletionTimestamp?: string; labels?: Record<string, string> };
  spec: { containers: { name: string; image: string; ports?: { name?: string; containerPort: number }[] }[] };
  status: {
    podIP?: string;
    phase: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: { restartCount: number; containerID?: string }[];
  };
}

export function kubectl(...args: string[]): Promise<string> {
  return output('kubectl', ['--namespace', namespace, ...args]);
}

export function apply(manifest: object | string): Promise<string> {
  const input = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  return output('kubectl', ['apply', '--server-side', '-f', '-'], { input });
}

/** Runs one of scripts/, for the release under test. */
export function script(name: string, ...args: string[]): Promise<Ended> {
  return run(`${root}/scripts/${name}`, args, {
    env: { SILLAGE_NAMESPACE: namespace, SILLAGE_RELEASE: release },
  });
}

/** The same, where it has to succeed. */
export async function succeed(name: string, ...args: string[]): Promise<Ended> {
  const ended = await script(name, ...args);
  if (ended.code !== 0) {
    throw new Error(
      `scripts/${name} ${args.join(' ')} ended with ${ended.code}\n${ended.stderr.slice(-4000)}`,
    );
  }
  return ended;
}

/** Pods of the release that have not ended, of one component or all. */
export async function pods(component?: string): Promise<Pod[]> {
  const selector = `app.kubernetes.io/instance=${release}${component ? `,app.kubernetes.io/component=${component}` : ''}`;
  const { items } = JSON.parse(await kubectl('get', 'pods', '-l', selector, '-o', 'json')) as {
    items: PodObject[];
  };
  return items
    .filter(({ status }) => status.phase === 'Running' || status.phase === 'Pending')
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      component: metadata.labels?.['app.kubernetes.io/component'] ?? '',
      ip: status.podIP ?? '',
      uid: metadata.uid,
      isReady: status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
      isLeaving: metadata.deletionTimestamp !== undefined,
      restarts: status.containerStatuses?.[0]?.restartCount ?? 0,
      image: spec.containers[0]?.image ?? '',
      containerId: status.containerStatuses?.[0]?.containerID?.replace(/^.*:\/\//, '') ?? '',
      ports: spec.containers.flatMap(({ ports = [] }) =>
        ports.map(({ name = '', containerPort }) => ({ name, port: containerPort })),
      ),
    }));
}

/** Serving pods: ready and not told to leave. */
export async function readyPods(component: string): Promise<Pod[]> {
  return (await pods(component)).filter(({ isReady, isLeaving }) => isReady && !isLeaving);
}

/** Runs JavaScript in a pod of ours, whose image has Node and perhaps no shell; resolves with what it printed. */
export function node(pod: string, code: string, ...args: string[]): Promise<string> {
  return kubectl('exec', pod, '--', 'node', '--input-type=module', '-e', code, '--', ...args);
}

/** A counter of a service's /metrics, summed over the series whose labels match. */
export async function counter(pod: string, name: string, labels = /.*/): Promise<number> {
  const text = await node(
    pod,
    `process.stdout.write(await (await fetch('http://127.0.0.1:9464/metrics')).text())`,
  );
  let sum = 0;
  for (const line of text.split('\n')) {
    const [, metric, inside, value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (metric === name && labels.test(inside ?? '')) sum += Number(value);
  }
  return sum;
}

/** Where the gateway answers from outside the cluster. */
export async function gatewayUrl(): Promise<string> {
  const port = await kubectl(
    'get',
    'service',
    `${release}-gateway`,
    '-o',
    'jsonpath={.spec.ports[?(@.name=="http")].nodePort}',
  );
  if (port === '') throw new Error('the gateway has no NodePort');
  return `http://${nodeAddress}:${port}`;
}

export interface Access {
  readonly url: string;
  /** Of a tenant without an hourly limit. */
  readonly key: string;
  readonly api: ApiClient;
}

let access: Access | undefined;

/** The release is installed and answers; its key is made once a run. */
export async function reach(): Promise<Access> {
  if (access) return access;
  const url = await gatewayUrl();
  await until('the gateway is ready', 60_000, async () => (await fetch(`${url}/ready`)).ok);
  const admin = apiClient(url, await administratorKey());
  const tenant = await admin.post('/api/v1/admin/tenants', {
    name: `cluster ${Date.now()}`,
    tier: 'enterprise',
  });
  if (tenant.status !== 201)
    throw new Error(`no tenant was made: ${tenant.status} ${JSON.stringify(tenant.body)}`);
  const made = await admin.post(`/api/v1/admin/tenants/${tenant.body.id}/keys`, { label: 'cluster tests' });
  const key: unknown = made.body.secret ?? made.body.key;
  if (typeof key !== 'string')
    throw new Error(`no key was made: ${made.status} ${JSON.stringify(made.body)}`);
  access = { url, key, api: apiClient(url, key) };
  return access;
}

/** Another installation: what was known of the last one does not hold. */
export function forget(): void {
  access = undefined;
}

/** The chart makes the first administrator's key where it makes the Secret. */
async function administratorKey(): Promise<string> {
  const encoded = await kubectl('get', 'secret', release, '-o', 'jsonpath={.data.admin-key}');
  return Buffer.from(encoded, 'base64').toString();
}

/** Deletes a namespace with all in it, and waits until it is gone. */
export async function deleteNamespace(name: string): Promise<void> {
  await output('kubectl', ['delete', 'namespace', name, '--ignore-not-found', '--timeout=180s']);
}

/** A namespace whose pods must hold the profile `restricted` (or `privileged`, for those that end processes). */
export async function makeNamespace(name: string, profile: 'restricted' | 'privileged'): Promise<void> {
  await apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: {
        'pod-security.kubernetes.io/enforce': profile,
        'pod-security.kubernetes.io/warn': profile,
      },
    },
  });
}

/** Pods that run to an end, and are no part of what serves. */
export const isTask = /^(migrations|bootstrap|test)$/;

/** Waits until nothing of a rollout is left: every deployment complete and no pod leaving. */
export async function settled(limitMs = 120_000): Promise<void> {
  await until('every pod is ready and none is leaving', limitMs, async () => {
    const all = await pods();
    return all.every(
      ({ isReady, isLeaving, component }) => (isReady && !isLeaving) || isTask.test(component),
    );
  });
  await delay(500);
}
