import { type Edge, readEdges, writtenOut } from '../../static/src/edges.ts';
import {
  apply,
  deleteNamespace,
  kubectl,
  makeNamespace,
  namespace,
  type Pod,
  pods,
  reach,
  settled,
  succeed,
} from '../fleet.ts';
import { versions } from '../images.ts';
import { startJob } from '../jobs.ts';
import { hold, type Report } from '../report.ts';
import { output, root, until } from '../shell.ts';
import { values } from './install.ts';

/** Nobody in particular: pods that have no part in the release, in its namespace and in another. */
const elsewhere = `${namespace}-elsewhere`;
const collectorNamespace = `${namespace}-collector`;
const timeoutMs = 1500;
/** Besides the ports of the release: a shell and web servers. */
const otherPorts = [22, 80, 443];

/** Show 4: what is declared is what is open, and what is open is what is used. */
export async function edges(report: Report): Promise<void> {
  const access = await reach();
  await settled();
  const list = readEdges();
  const declared = writtenOut(list);

  await report.check('a probe from every pod to every port finds only declared edges open', async () => {
    await makeNamespace(elsewhere, 'restricted');
    await Promise.all([stranger(namespace), stranger(elsewhere)]);
    await output('kubectl', [
      '-n',
      namespace,
      'wait',
      '--for=condition=Ready',
      'pod/stranger',
      '--timeout=60s',
    ]);
    await output('kubectl', [
      '-n',
      elsewhere,
      'wait',
      '--for=condition=Ready',
      'pod/stranger',
      '--timeout=60s',
    ]);
    const all = (await pods()).filter(({ component, isReady }) => component !== '' && isReady);
    const ports = [...new Set([...all.flatMap((pod) => pod.ports.map(({ port }) => port)), ...otherPorts])];
    const targets = [
      ...all.flatMap((pod) => ports.map((port) => ({ name: pod.component, host: pod.ip, port }))),
      ...(await nameServers()).flatMap((host) => [53, 9153].map((port) => ({ name: 'dns', host, port }))),
    ];
    const sources: { name: string; pod: string; namespace: string; ip: string; hasNode: boolean }[] = [
      ...all.map((pod) => ({
        name: pod.component,
        pod: pod.name,
        namespace,
        ip: pod.ip,
        hasNode: !isStore(pod),
      })),
      { name: 'clients', pod: 'stranger', namespace, ip: '', hasNode: true },
      { name: 'clients', pod: 'stranger', namespace: elsewhere, ip: '', hasNode: true },
    ];
    const open = new Map<string, string>();
    let probes = 0;
    for (const source of sources) {
      // What strangers ask of the name server is no concern of ours.
      const asked = targets.filter(
        ({ name, host }) => host !== source.ip && !(name === 'dns' && source.name === 'clients'),
      );
      probes += asked.length;
      for (const { host, port, how } of await probe(source, asked)) {
        const target = asked.find((one) => one.host === host && one.port === port);
        open.set(`${source.name} → ${target?.name}:${port}`, how);
      }
    }
    const allowed = new Set(
      declared
        .filter((edge) => list.parties[edge.to]?.component || edge.to === 'dns')
        .map((edge) => `${edge.from} → ${edge.to}:${list.parties[edge.to]?.ports[edge.port]}`),
    );
    const extra = [...open].filter(([edge]) => !allowed.has(edge)).map(([edge, how]) => `${edge} (${how})`);
    // Between parties that are both there now, and on ports that somebody listens on at any time.
    const here = new Set([...all.map(({ component }) => component), 'clients', 'dns']);
    const expected = declared
      .filter(isHere(here, list.parties))
      .map((edge) => `${edge.from} → ${edge.to}:${list.parties[edge.to]?.ports[edge.port]}`);
    const shut = expected.filter((edge) => !open.has(edge));
    const figures = {
      probes,
      declared: expected.length,
      open: open.size,
      undeclared: extra.length,
      shut: shut.length,
    };
    hold(extra.length === 0, `open, but not declared:\n${extra.join('\n')}`, figures);
    hold(shut.length === 0, `declared, but shut:\n${shut.join('\n')}`, figures);
    return figures;
  });

  await report.check('traces of every kind of request show only declared edges', async () => {
    await makeNamespace(collectorNamespace, 'restricted');
    await collector();
    await succeed(
      'deploy',
      'development',
      '--values',
      values,
      '--values',
      `${root}/test/cluster/values-tracing.yaml`,
      '--tag',
      versions.first,
    );
    await settled();
    await exercise(access.api);
    await (await startJob(access, 300)).finish();
    const declaredPairs = new Set([
      ...declared.filter(({ protocol }) => protocol === 'grpc').map(({ from, to }) => `${from} → ${to}`),
      ...list.queues.map(({ from, to }) => `${from} → ${to}`),
    ]);
    const wanted = [...declaredPairs].filter((pair) => !/^(clients|test) |worker → worker/.test(pair));
    const seen = await until('spans of every declared edge', 60_000, async () => {
      const pairs = await observedPairs();
      return wanted.every((pair) => pairs.has(pair)) ? pairs : undefined;
    }).catch(observedPairs);
    const extra = [...seen].filter((pair) => !declaredPairs.has(pair));
    const missing = wanted.filter((pair) => !seen.has(pair));
    const figures = { declared: wanted.length, observed: seen.size, undeclared: extra.length };
    hold(extra.length === 0, `in traces, but not declared: ${extra.join(', ')}`, figures);
    hold(missing.length === 0, `declared, but in no trace: ${missing.join(', ')}`, figures);
    return figures;
  });
  await kubectl('delete', 'pod', 'stranger', '--ignore-not-found', '--wait=false');
  await succeed('deploy', 'development', '--values', values, '--tag', versions.first);
  await Promise.all([deleteNamespace(elsewhere), deleteNamespace(collectorNamespace)]);
}

/** Addresses of the cluster's name server, where it is the usual one. */
async function nameServers(): Promise<string[]> {
  const selector = ['-l', 'k8s-app=kube-dns', '-o', 'jsonpath={.items[*].status.podIP}'];
  const text = await output('kubectl', ['-n', 'kube-system', 'get', 'pods', ...selector]);
  return text.split(' ').filter(Boolean);
}

function isStore(pod: Pod): boolean {
  return pod.component === 'postgres' || pod.component === 'redis';
}

function isHere(here: ReadonlySet<string>, parties: ReturnType<typeof readEdges>['parties']) {
  return ({ from, to, when }: Edge) =>
    here.has(from) && here.has(to) && parties[to] !== undefined && when !== 'scraping';
}

interface Reached {
  readonly host: string;
  readonly port: number;
  /** A connection that is refused was let through as well: nobody listens, but nobody stood in its way. */
  readonly how: 'open' | 'refused';
}

/** Which of the addresses a pod reaches; all are tried at once. */
async function probe(
  source: { pod: string; namespace: string; hasNode: boolean },
  targets: readonly { host: string; port: number }[],
): Promise<Reached[]> {
  const addresses = targets.map(({ host, port }) => `${host}:${port}`);
  const exec = ['-n', source.namespace, 'exec', source.pod, '--'];
  const text = source.hasNode
    ? await output('kubectl', [...exec, 'node', '--input-type=module', '-e', nodeProbe, '--', ...addresses])
    : await output('kubectl', [...exec, 'bash', '-c', bashProbe, 'bash', ...addresses]);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, host = '', port, how] = /^(.*):(\d+) (open|refused)$/.exec(line) ?? [];
      return { host, port: Number(port), how: how as Reached['how'] };
    });
}

const nodeProbe = `
import { connect } from 'node:net';
await Promise.all(process.argv.slice(1).map((address) => new Promise((done) => {
  const [host, port] = address.split(':');
  const socket = connect({ host, port: Number(port) });
  const end = (how) => { if (how) console.log(address, how); socket.destroy(); done(); };
  socket.setTimeout(${timeoutMs}, () => end());
  socket.on('connect', () => end('open')).on('error', ({ code }) => end(code === 'ECONNREFUSED' ? 'refused' : ''));
})));`;

const bashProbe = `
for address; do
  (
    answer=$(timeout ${timeoutMs / 1000} bash -c "exec 3<>/dev/tcp/\${address%:*}/\${address#*:}" 2>&1) && echo "$address open"
    case $answer in *refused*) echo "$address refused" ;; esac
  ) &
done
wait`;

/** A pod with Node that waits, under the profile \`restricted\`. */
function stranger(where: string): Promise<string> {
  return apply(nodePod('stranger', where, 'setInterval(() => {}, 1e9)'));
}

function nodePod(name: string, where: string, code: string, ports: readonly number[] = []): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: where, labels: { app: name } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name,
          image: `sillage/worker:${versions.first}`,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '--input-type=module', '-e', code],
          ports: ports.map((containerPort) => ({ containerPort })),
          resources: { requests: { cpu: '10m', memory: '32Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  };
}

/** An OTLP/HTTP endpoint that keeps which service called which: parent and child, and links across a queue. */
const collectorCode = `
import { createServer } from 'node:http';
const spans = new Map();
createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => { text += chunk; });
  request.on('end', () => {
    if (request.method === 'GET') {
      const pairs = new Set();
      for (const { service, parents } of spans.values()) {
        for (const parent of parents) {
          const from = spans.get(parent)?.service;
          if (from && from !== service) pairs.add(from + ' → ' + service);
        }
      }
      response.end(JSON.stringify([...pairs]));
      return;
    }
    for (const { resource, scopeSpans } of JSON.parse(text).resourceSpans ?? []) {
      const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue;
      for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
        spans.set(span.spanId, { service, parents: [span.parentSpanId, ...(span.links ?? []).map((link) => link.spanId)] });
      }
    }
    response.setHeader('content-type', 'application/json');
    response.end('{}');
  });
}).listen(4318);`;

async function collector(): Promise<void> {
  await apply(nodePod('collector', collectorNamespace, collectorCode, [4318]));
  await apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'collector', namespace: collectorNamespace },
    spec: { selector: { app: 'collector' }, ports: [{ port: 4318 }] },
  });
  await output('kubectl', [
    '-n',
    collectorNamespace,
    'wait',
    '--for=condition=Ready',
    'pod/collector',
    '--timeout=60s',
  ]);
}

async function observedPairs(): Promise<Set<string>> {
  const code = `process.stdout.write(await (await fetch('http://127.0.0.1:4318')).text())`;
  const text = await output('kubectl', [
    '-n',
    collectorNamespace,
    'exec',
    'collector',
    '--',
    'node',
    '--input-type=module',
    '-e',
    code,
  ]);
  const names = (JSON.parse(text) as string[]).map((pair) => pair.replaceAll('sillage-', ''));
  return new Set(names);
}

/** One request of each kind that goes on to another service. */
async function exercise(api: {
  post: (path: string, body?: unknown) => Promise<{ status: number; body: { id: string } }>;
  get: (path: string) => Promise<unknown>;
}): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await api.post('/api/v1/predict', { smiles: `CCCCO${'C'.repeat(12 + turn)}` });
    await api.post('/api/v1/generate', { description: 'fresh citrus', num_molecules: 1, seed: turn });
    const device = await api.post('/api/v1/sensors/devices', { name: `nose ${turn}` });
    const readings = Array.from({ length: 60 }, (_, index) => ({
      t: new Date(Date.now() - (60 - index) * 1000).toISOString(),
      channels: { NO2: 1 + index, C2H5OH: 2, VOC: 3, CO: 4 },
    }));
    await api.post(`/api/v1/sensors/devices/${device.body.id}/readings`, { readings });
    await api.get(`/api/v1/sensors/devices/${device.body.id}/classification`);
  }
}
