#!/usr/bin/env node
// Every scenario's pods, as the cluster's own admission judges them in a namespace that enforces the profile
// `restricted`: nothing is started (--dry-run=server). Needs a cluster (KUBECONFIG), kubectl and helm.
import { spawnSync } from 'node:child_process';
import { z } from 'zod';
import { type KubernetesObject, objectsOf, render, scenarios } from './src/chart.ts';
import { Tally } from './src/tally.ts';
import { need } from './src/tools.ts';

need('helm');
const tally = new Tally();
const namespace = `admission-${process.pid}`;
const podSchema = z.looseObject({ spec: z.looseObject({ containers: z.array(z.unknown()) }) });
const claimsSchema = z.object({
  spec: z.object({ volumeClaimTemplates: z.array(z.object({ metadata: z.object({ name: z.string() }) })) }),
});
const ownerSchema = z.looseObject({ spec: z.looseObject({ template: podSchema }) });

kubectl(['create', 'namespace', namespace]);
try {
  kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted']);
  // The check checked: a pod that the profile forbids.
  const bare = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'bare' },
    spec: { containers: [{ name: 'a', image: 'a' }] },
  };
  tally.expect(
    'a pod without a security context is refused',
    admits(bare) === undefined ? ['it was taken'] : [],
  );
  for (const { name, files } of scenarios()) {
    for (const object of objectsOf(render(files).text)) {
      const pod = podOf(object);
      if (!pod) continue;
      const refusal = admits(pod);
      tally.expect(`${name}: ${object.kind} ${object.metadata.name}`, refusal === undefined ? [] : [refusal]);
    }
  }
} finally {
  kubectl(['delete', 'namespace', namespace, '--wait=false']);
}
tally.finish();

/** The pod that an object is or makes, by itself: a Deployment of forbidden pods would only be warned of. */
function podOf(object: KubernetesObject): object | undefined {
  const spec =
    object.kind === 'Pod'
      ? podSchema.parse(object).spec
      : ownerSchema.safeParse(object).data?.spec.template.spec;
  if (!spec) return undefined;
  // What belongs to the release and is not made here.
  const { serviceAccountName: _account, priorityClassName: _priority, ...rest } = spec;
  const claims = claimsSchema.safeParse(object).data?.spec.volumeClaimTemplates ?? [];
  const volumes = [
    ...z.array(z.unknown()).parse(rest['volumes'] ?? []),
    ...claims.map(({ metadata: { name } }) => ({ name, emptyDir: {} })),
  ];
  const restart = object.kind === 'Job' ? { restartPolicy: 'Never' } : {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: object.metadata.name },
    spec: { ...rest, ...restart, volumes },
  };
}

/** Undefined where the API server would take the pod; else why not. */
function admits(pod: object): string | undefined {
  const answer = spawnSync('kubectl', ['create', '--namespace', namespace, '--dry-run=server', '-f', '-'], {
    input: JSON.stringify(pod),
    encoding: 'utf8',
  });
  return answer.status === 0 ? undefined : answer.stderr.trim();
}

function kubectl(args: readonly string[]): void {
  const { status, stderr } = spawnSync('kubectl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
}
