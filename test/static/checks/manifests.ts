#!/usr/bin/env node
// Every plain manifest against the schema of its kind, and a few that are wrong, which must be refused.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from '../src/kubeconform.ts';
import { filesBelow, read, root } from '../src/repository.ts';
import { Tally } from '../src/tally.ts';

const tally = new Tally();
const manifests = filesBelow('k8s', /\.yaml$/).filter((path) => /^apiVersion:/m.test(read(path)));

const validated = validate(manifests);
for (const { what, problems } of validated) tally.expect(what, problems);
tally.expect(
  'every document was looked at',
  validated.length === manifests.flatMap(documentsOf).length
    ? []
    : [`${validated.length} of ${manifests.flatMap(documentsOf).length}`],
);

const wrong = {
  'a field that does not exist': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: a, labls: {} }',
  'a misspelt field deep inside':
    'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: a }\nspec: { hosts: [a], http: [{ rout: [] }] }',
  'a number for a duration':
    'apiVersion: velero.io/v1\nkind: Schedule\nmetadata: { name: a }\nspec: { schedule: "1 * * * *", template: { ttl: 1 } }',
  'a missing field':
    'apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: { name: a }\nspec: { secretName: a }',
  'a version that is gone':
    'apiVersion: external-secrets.io/v1beta1\nkind: ExternalSecret\nmetadata: { name: a }\nspec: {}',
  'a kind that nobody knows': 'apiVersion: example.com/v1\nkind: Unknown\nmetadata: { name: a }',
};
for (const [what, text] of Object.entries(wrong)) {
  const refused = validate(text).some(({ problems }) => problems.length > 0);
  tally.expect(`refused: ${what}`, refused ? [] : ['it was taken']);
}

const render = spawnSync(join(root, 'k8s/render'), ['--check'], { encoding: 'utf8' });
tally.expect(
  'what is made from the chart is up to date',
  render.status === 0 ? [] : [render.stdout + render.stderr],
);

const readme = read('k8s/README.md');
for (const { name } of readdirSync(join(root, 'k8s'), { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
)) {
  tally.expect(
    `k8s/README.md names ${name}`,
    readme.includes(`[${name}](${name}/)`) ? [] : [`add a row for it to the table, with a link to ${name}/`],
  );
}
tally.finish();

function documentsOf(path: string): string[] {
  return read(path)
    .split(/^---$/m)
    .filter((text) => /^kind:/m.test(text));
}
