#!/usr/bin/env node
// What k8s/ says of the chart's objects, against what the chart renders: names, ports, secrets, quota, Argo CD's list.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { chart, type KubernetesObject, objectsOf, render, scenarios } from '../src/chart.ts';
import { memoryBytes, millicores } from '../src/quantities.ts';
import { filesBelow, read } from '../src/repository.ts';
import { Tally } from '../src/tally.ts';
import { need } from '../src/tools.ts';

const tally = new Tally();
need('helm');

const production = rendered(['production', 'aws'].map((name) => join(chart, `values-${name}.yaml`)));
const everything = [...production, ...scenarios().flatMap(({ files }) => rendered(files))];
const has = (kind: string, name: string) =>
  everything.some((object) => object.kind === kind && object.metadata.name === name);

const manifests = filesBelow('k8s', /\.yaml$/).filter((path) => /^apiVersion:/m.test(read(path)));
for (const path of manifests) {
  const text = read(path);
  // A canary is the same chart under another name.
  const named = (name = '') => name.replace(/^sillage-canary/, 'sillage');
  const problems = [
    ...[...text.matchAll(/scaleTargetRef:\n(?: +(?:apiVersion|kind):.*\n)* +name: (\S+)/g)]
      .filter(([, name = '']) => !has('Deployment', name))
      .map(([, name]) => `the chart has no Deployment ${name}`),
    ...[...text.matchAll(/\/ns\/sillage\/sa\/(\S+)/g)]
      .filter(([, name]) => !has('ServiceAccount', named(name)))
      .map(([, name]) => `the chart has no ServiceAccount ${name}`),
    ...[...text.matchAll(/host: ([\w-]+)\.sillage\.svc\.cluster\.local\n +port: \{ number: (\d+) \}/g)]
      .filter(([, name, port]) => !portsOf(named(name)).includes(Number(port)))
      .map(([, name, port]) => `the chart has no Service ${name} with port ${port}`),
    ...[...text.matchAll(/app\.kubernetes\.io\/component: (\S+)/g)]
      .filter(([, name]) => !everything.some((object) => componentOf(object) === name))
      .map(([, name]) => `the chart has no component ${name}`),
  ];
  tally.expect(`${path}: what it names is in the chart`, [...new Set(problems)]);
}

const load = parseAllDocuments(read('k8s/load-test/load-test.yaml')).map((document) => document.toJS());
const script = z.looseObject({ data: z.object({ 'predict.js': z.string() }) }).parse(load[0]).data[
  'predict.js'
];
const syntax = spawnSync(process.execPath, ['--check', '--input-type=module'], {
  input: script,
  encoding: 'utf8',
});
tally.expect('the script of the load test can be read', syntax.status === 0 ? [] : [syntax.stderr]);
const set = new Set(
  [...read('k8s/load-test/load-test.yaml').matchAll(/name: ([A-Z][A-Z0-9_]+)/g)].map(([, name]) => name),
);
tally.expect(
  'the load test is told everything that it asks for',
  [...script.matchAll(/__ENV\.([A-Z0-9_]+)/g)]
    .filter(([, name]) => !set.has(name))
    .map(([, name]) => `${name} is not set`),
);

const external = z
  .looseObject({
    metadata: z.looseObject({ namespace: z.string() }),
    spec: z.looseObject({
      target: z.looseObject({ template: z.looseObject({ data: z.record(z.string(), z.string()) }) }),
    }),
  })
  .parse(parseAllDocuments(read('k8s/vault/external-secret.yaml'))[0]?.toJS());
const keys = Object.keys(external.spec.target.template.data);
const asked = new Set(
  [...JSON.stringify(production).matchAll(/"secretKeyRef":\{"name":"sillage","key":"([\w-]+)"/g)].map(
    ([, key = '']) => key,
  ),
);
tally.expect(
  'the secret out of Vault has what production asks for',
  [...asked].filter((key) => !keys.includes(key)).map((key) => `${key} is missing`),
);
tally.expect('production asks for secrets', asked.size >= 3 ? [] : [`${[...asked]}`]);

const allowed = z
  .looseObject({
    spec: z.looseObject({
      namespaceResourceWhitelist: z.array(z.object({ group: z.string(), kind: z.string() })),
    }),
  })
  .parse(parseAllDocuments(read('k8s/argocd/project.yaml'))[0]?.toJS())
  .spec.namespaceResourceWhitelist.map(({ group, kind }) => `${group}/${kind}`);
// Argo CD leaves `helm test` out.
const synced = everything.filter(({ metadata }) => metadata.annotations['helm.sh/hook'] !== 'test');
const made = new Set(synced.map(({ apiVersion, kind }) => `${groupOf(apiVersion)}/${kind}`));
tally.expect(
  "Argo CD's project lets every kind of the chart in",
  [...made].filter((kind) => !allowed.includes(kind)).map((kind) => `add ${kind}`),
);
for (const path of ['k8s/argocd/application.yaml', 'k8s/argocd/applicationset.yaml']) {
  const files = [...read(path).matchAll(/- "?(values-[\w-]+\.yaml)"?$/gm)].map(([, file = '']) => file);
  tally.expect(
    `${path}: its values are there`,
    files.filter((file) => !existsSync(join(chart, file))).map((file) => `charts/sillage has no ${file}`),
  );
}

const quota = z
  .looseObject({ spec: z.looseObject({ hard: z.record(z.string(), z.string()) }) })
  .parse(parseAllDocuments(read('k8s/namespace/resource-quota.yaml'))[0]?.toJS()).spec.hard;
const needed = atMost(production);
for (const [name, amount, unit] of [
  ['pods', needed.pods, Number],
  ['requests.cpu', needed.cpu, millicores],
  ['requests.memory', needed.memory, memoryBytes],
  ['limits.memory', needed.memoryLimit, memoryBytes],
] as const) {
  const has = unit(quota[name] ?? '0');
  tally.expect(
    `the quota's ${name} holds production at its largest, while it rolls`,
    has >= amount ? [] : [`${amount} are needed, ${has} allowed`],
  );
}
tally.finish();

function rendered(files: readonly string[]): KubernetesObject[] {
  const { ok, text, error } = render(files, ['--set', 'crdCheck=false']);
  if (!ok) throw new Error(error);
  return objectsOf(text);
}

function portsOf(service: string): number[] {
  const schema = z.looseObject({
    spec: z.looseObject({ ports: z.array(z.looseObject({ port: z.number() })) }),
  });
  return everything
    .filter((object) => object.kind === 'Service' && object.metadata.name === service)
    .flatMap((object) => schema.parse(object).spec.ports.map(({ port }) => port));
}

function componentOf(object: KubernetesObject): string | undefined {
  return object.metadata.labels['app.kubernetes.io/component'];
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** What all workloads take together with the most replicas that an autoscaler may set and one more while they roll. */
function atMost(objects: readonly KubernetesObject[]) {
  const resources = z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).default({});
  const workload = z.looseObject({
    spec: z.looseObject({
      replicas: z.number().optional(),
      template: z.looseObject({
        spec: z.looseObject({
          containers: z.array(
            z.looseObject({ resources: z.looseObject({ requests: resources, limits: resources }) }),
          ),
        }),
      }),
    }),
  });
  const scaler = z.looseObject({
    spec: z.looseObject({
      scaleTargetRef: z.looseObject({ name: z.string() }),
      maxReplicas: z.number().optional(),
      maxReplicaCount: z.number().optional(),
    }),
  });
  const most = new Map<string, number>();
  for (const object of objects) {
    if (!['HorizontalPodAutoscaler', 'ScaledObject'].includes(object.kind)) continue;
    const { spec } = scaler.parse(object);
    most.set(spec.scaleTargetRef.name, spec.maxReplicas ?? spec.maxReplicaCount ?? 1);
  }
  const sum = { pods: 0, cpu: 0, memory: 0, memoryLimit: 0 };
  for (const object of objects) {
    if (!['Deployment', 'StatefulSet', 'Job'].includes(object.kind)) continue;
    const { spec } = workload.parse(object);
    const pods = (most.get(object.metadata.name) ?? spec.replicas ?? 1) + 1;
    sum.pods += pods;
    for (const container of spec.template.spec.containers) {
      sum.cpu += pods * millicores(container.resources.requests['cpu'] ?? '0');
      sum.memory += pods * memoryBytes(container.resources.requests['memory'] ?? '0');
      sum.memoryLimit += pods * memoryBytes(container.resources.limits['memory'] ?? '0');
    }
  }
  return sum;
}
