import { z } from 'zod';
import type { KubernetesObject } from './chart.ts';
import { at, holds, type Values } from './chart-values.ts';
import { type Edge, type Edges, type Party, writtenOut } from './edges.ts';
import { differences } from './tally.ts';

const ruleSchema = z.looseObject({
  ports: z.array(z.unknown()).default([]),
  from: z.array(z.unknown()).default([]),
  to: z.array(z.unknown()).default([]),
});
const policySchema = z.looseObject({
  spec: z.looseObject({
    podSelector: z.looseObject({ matchLabels: z.record(z.string(), z.string()) }),
    policyTypes: z.array(z.string()),
    ingress: z.array(ruleSchema).default([]),
    egress: z.array(ruleSchema).default([]),
  }),
});

const componentLabel = 'app.kubernetes.io/component';

/** The edges that these values have, for which at least one end is a pod of the release. */
export function edgesFor(edges: Edges, values: Values): Edge[] {
  return writtenOut(edges).filter(({ when }) => holds(when, values));
}

/**
 * Whether the rendered policies let pass exactly the declared edges: both ends of each, nothing else, and a policy that
 * shuts all other pods of the release. Worked out here from the list once more, not by the templates.
 */
export function policyProblems(
  objects: readonly KubernetesObject[],
  edges: Edges,
  values: Values,
): { problems: string[]; ends: number } {
  const policies = objects
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map((object) => policySchema.parse(object));
  if (at(values, 'networkPolicy', 'enabled') !== true) {
    return { problems: policies.length === 0 ? [] : ['networkPolicy.enabled is false'], ends: 0 };
  }
  const problems: string[] = [];
  const release = Object.entries(policies[0]?.spec.podSelector.matchLabels ?? {}).filter(
    ([key]) => key !== componentLabel,
  );
  const selector = (component: string) => Object.fromEntries([...release, [componentLabel, component]]);
  const isOurs = (name: string, party: Party | undefined) =>
    party?.kind === 'store' ? at(values, name, 'mode') === 'bundled' : party?.component !== undefined;
  const peers = (name: string) => {
    const component = edges.parties[name]?.component;
    return isOurs(name, edges.parties[name]) && component
      ? [{ podSelector: { matchLabels: selector(component) } }]
      : at(values, 'networkPolicy', 'peers', name);
  };
  const ports = (edge: Edge) => {
    const elsewhere = isOurs(edge.to, edges.parties[edge.to])
      ? undefined
      : at(values, 'networkPolicy', 'ports', edge.to);
    const port = elsewhere ?? edges.parties[edge.to]?.ports[edge.port];
    return (edge.protocol === 'dns' ? ['UDP', 'TCP'] : ['TCP']).map((protocol) => ({ port, protocol }));
  };
  const expected: string[] = [];
  for (const edge of edgesFor(edges, values)) {
    for (const [own, other, direction] of [
      [edge.to, edge.from, 'ingress'],
      [edge.from, edge.to, 'egress'],
    ] as const) {
      const component = edges.parties[own]?.component;
      if (!component || !isOurs(own, edges.parties[own])) continue;
      expected.push(text(selector(component), direction, ports(edge), peers(other)));
    }
  }
  for (const [name, rules] of Object.entries(mapOf(at(values, 'networkPolicy', 'extra')))) {
    for (const direction of ['ingress', 'egress'] as const) {
      for (const rule of z.array(ruleSchema).parse(mapOf(rules)[direction] ?? [])) {
        const component = edges.parties[name]?.component ?? name;
        expected.push(
          text(selector(component), direction, rule.ports, direction === 'ingress' ? rule.from : rule.to),
        );
      }
    }
  }
  const rendered = policies.flatMap(({ spec }) => [
    ...spec.ingress.map(({ ports, from }) => text(spec.podSelector.matchLabels, 'ingress', ports, from)),
    ...spec.egress.map(({ ports, to }) => text(spec.podSelector.matchLabels, 'egress', ports, to)),
  ]);
  problems.push(
    ...differences({ what: 'the list of edges', names: expected }, { what: 'the policies', names: rendered }),
  );
  if (rendered.length !== expected.length)
    problems.push(`${expected.length} ends declared, ${rendered.length} rendered`);
  const shut = policies.filter(
    ({ spec }) =>
      !(componentLabel in spec.podSelector.matchLabels) && spec.ingress.length + spec.egress.length === 0,
  );
  if (shut.length !== 1) problems.push('one policy is to shut every pod of the release');
  for (const { spec } of policies) {
    if (spec.policyTypes.join() !== 'Ingress,Egress') problems.push('every policy is to say both directions');
  }
  return { problems, ends: rendered.length };
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return z.record(z.string(), z.unknown()).parse(value ?? {});
}

/** A rule as one text: whose, which way, ports, peers. */
function text(pods: unknown, direction: string, ports: unknown, peers: unknown): string {
  return `${direction} of ${sorted(pods)}: ${sorted(ports)} with ${sorted(peers)}`;
}

/** JSON with the keys of every object in order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
