import { z } from 'zod';
import type { KubernetesObject } from './chart.ts';

const text = z.record(z.string(), z.string());
const containerSchema = z.looseObject({
  name: z.string(),
  image: z.string(),
  ports: z.array(z.looseObject({ name: z.string(), containerPort: z.number() })).default([]),
  envFrom: z.array(z.looseObject({ configMapRef: z.looseObject({ name: z.string() }) })).default([]),
  lifecycle: z
    .looseObject({ preStop: z.looseObject({ sleep: z.object({ seconds: z.number() }) }) })
    .optional(),
});
const podSchema = z.looseObject({
  serviceAccountName: z.string(),
  automountServiceAccountToken: z.literal(false),
  terminationGracePeriodSeconds: z.number().optional(),
  initContainers: z.array(containerSchema).default([]),
  containers: z.array(containerSchema).min(1),
});
const templateSchema = z.looseObject({
  metadata: z.looseObject({ labels: text, annotations: text.default({}) }),
  spec: podSchema,
});
const deploymentSchema = z.looseObject({
  kind: z.literal('Deployment'),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    replicas: z.number().optional(),
    selector: z.looseObject({ matchLabels: text }),
    template: templateSchema,
  }),
});
type Deployment = z.output<typeof deploymentSchema>;
const withTemplate = z.looseObject({ spec: z.looseObject({ template: templateSchema }) });

/** Spans and logs that are sent when everything else is closed (packages/kit/src/service.ts), seconds. */
const flushS = 2;

/** What must hold of every rendering, whatever its values: problems by rule. */
export function ruleProblems(
  objects: readonly KubernetesObject[],
): Readonly<Record<string, readonly string[]>> {
  const deployments = objects.flatMap((object) => deploymentSchema.safeParse(object).data ?? []);
  return {
    'grace period > preStop + shutdown + flush': deployments.flatMap((one) => drainProblems(one, objects)),
    'replicas or an autoscaler, not both': deployments.flatMap((one) => replicaProblems(one, objects)),
    'a disruption budget for each, that lets nodes drain': deployments.flatMap((one) =>
      budgetProblems(one, objects),
    ),
    'selectors fit pods, ports fit containers': serviceProblems(objects),
    'what pods name is there': referenceProblems(objects),
    'a change of configuration makes new pods': deployments
      .filter(({ spec }) => !spec.template.metadata.annotations['checksum/config'])
      .map(({ metadata }) => `${metadata.name}: no checksum/config`),
  };
}

function drainProblems({ metadata, spec }: Deployment, objects: readonly KubernetesObject[]): string[] {
  const pod = spec.template.spec;
  const [container] = pod.containers;
  const config = dataOf(objects, container?.envFrom[0]?.configMapRef.name);
  const preStop = container?.lifecycle?.preStop.sleep.seconds ?? 0;
  const [delay, shutdown] = ['DRAIN_DELAY_MS', 'SHUTDOWN_TIMEOUT_MS'].map(
    (name) => Number(config[name]) / 1000,
  );
  const grace = pod.terminationGracePeriodSeconds ?? 0;
  if (preStop >= 1 && delay && shutdown && delay < shutdown && grace > preStop + shutdown + flushS) return [];
  return [
    `${metadata.name}: grace ${grace} s, preStop ${preStop} s, shutdown ${shutdown} s of which ${delay} s delay`,
  ];
}

function replicaProblems({ metadata, spec }: Deployment, objects: readonly KubernetesObject[]): string[] {
  const scaler = objects.filter(
    ({ kind, metadata: { name } }) =>
      ['HorizontalPodAutoscaler', 'ScaledObject'].includes(kind) && name === metadata.name,
  );
  return scaler.length + (spec.replicas === undefined ? 0 : 1) === 1
    ? []
    : [`${metadata.name}: replicas ${spec.replicas}, autoscalers ${scaler.length}`];
}

const budgetSchema = z.looseObject({
  spec: z.looseObject({
    maxUnavailable: z.union([z.int().min(1), z.string()]),
    minAvailable: z.undefined().optional(),
    selector: z.looseObject({ matchLabels: text }),
  }),
});

function budgetProblems({ metadata, spec }: Deployment, objects: readonly KubernetesObject[]): string[] {
  const budget = objects.find(
    (object) => object.kind === 'PodDisruptionBudget' && object.metadata.name === metadata.name,
  );
  const parsed = budgetSchema.safeParse(budget);
  if (!parsed.success) return [`${metadata.name}: no budget with maxUnavailable of 1 or more`];
  return fits(parsed.data.spec.selector.matchLabels, spec.template.metadata.labels)
    ? []
    : [`${metadata.name}: the budget selects other pods`];
}

const serviceSchema = z.looseObject({
  spec: z.looseObject({ selector: text, ports: z.array(z.looseObject({ targetPort: z.string() })) }),
});

function serviceProblems(objects: readonly KubernetesObject[]): string[] {
  const pods = objects.flatMap((object) => withTemplate.safeParse(object).data?.spec.template ?? []);
  const services = objects
    .filter(({ kind }) => kind === 'Service')
    .flatMap((object) => {
      const { selector, ports } = serviceSchema.parse(object).spec;
      const behind = pods.filter((pod) => fits(selector, pod.metadata.labels));
      const open = new Set(
        behind.flatMap(({ spec }) => spec.containers.flatMap((one) => one.ports.map(({ name }) => name))),
      );
      return behind.length === 1 && ports.every(({ targetPort }) => open.has(targetPort))
        ? []
        : [
            `Service ${object.metadata.name}: ${behind.length} workloads behind it, with ports ${[...open].join(', ')}`,
          ];
    });
  const deployments = objects.flatMap((object) => deploymentSchema.safeParse(object).data ?? []);
  return [
    ...services,
    ...deployments
      .filter(
        ({ spec }) => pods.filter((pod) => fits(spec.selector.matchLabels, pod.metadata.labels)).length !== 1,
      )
      .map(({ metadata }) => `Deployment ${metadata.name}: its selector fits other pods too`),
  ];
}

/** ServiceAccounts and ConfigMaps of pods; Secrets may be somebody else's. */
function referenceProblems(objects: readonly KubernetesObject[]): string[] {
  const has = (kind: string, name: string) =>
    objects.some((one) => one.kind === kind && one.metadata.name === name);
  return objects.flatMap((object) => {
    const spec =
      object.kind === 'Pod'
        ? podSchema.parse(object['spec'])
        : withTemplate.safeParse(object).data?.spec.template.spec;
    if (!spec) {
      const isWorkload = ['Deployment', 'StatefulSet', 'Job'].includes(object.kind);
      return isWorkload
        ? [`${object.kind} ${object.metadata.name}: has no service account of its own, or a token`]
        : [];
    }
    const containers = [...spec.initContainers, ...spec.containers];
    const missing = [
      ...(has('ServiceAccount', spec.serviceAccountName)
        ? []
        : [`ServiceAccount ${spec.serviceAccountName}`]),
      ...containers
        .flatMap(({ envFrom }) => envFrom.map(({ configMapRef }) => configMapRef.name))
        .filter((name) => !has('ConfigMap', name))
        .map((name) => `ConfigMap ${name}`),
      ...containers
        .filter(({ image }) => /:latest$|^[^:@]+$/.test(image))
        .map(({ image }) => `a version in ${image}`),
    ];
    return missing.map((what) => `${object.kind} ${object.metadata.name}: lacks ${what}`);
  });
}

function dataOf(
  objects: readonly KubernetesObject[],
  name: string | undefined,
): Readonly<Record<string, string>> {
  const found = objects.find((object) => object.kind === 'ConfigMap' && object.metadata.name === name);
  return text.parse(found?.['data'] ?? {});
}

function fits(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
