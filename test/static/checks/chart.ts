#!/usr/bin/env node
// The chart: every scenario rendered twice alike, in time, linted, held against the API's own schemas, against
// kube-score, against the list of edges, and against rules of our own.
import { chart, helm, objectsOf, render, scenarios } from '../src/chart.ts';
import { edgesFor, policyProblems } from '../src/chart-policies.ts';
import { ruleProblems } from '../src/chart-rules.ts';
import { valuesOf } from '../src/chart-values.ts';
import { readEdges } from '../src/edges.ts';
import { figure } from '../src/figures.ts';
import { score } from '../src/kube-score.ts';
import { validate } from '../src/kubeconform.ts';
import { Tally } from '../src/tally.ts';
import { need } from '../src/tools.ts';

const longestRenderS = 2;

need('helm', 'kubeconform', 'kube-score');
const tally = new Tally();
const edges = readEdges();
const all = scenarios();
const rendered: number[] = [];
const totals = { objects: 0, invalid: 0, critical: 0, ends: 0, declared: 0 };

for (const scenario of all) {
  const { name, files } = scenario;
  const lint = helm(['lint', '--strict', chart, ...files.flatMap((file) => ['--values', file])]);
  tally.expect(`${name}: helm lint --strict`, lint.status === 0 ? [] : [lint.stdout + lint.stderr]);
  const first = render(files);
  const second = render(files);
  tally.expect(`${name}: renders`, first.ok ? [] : [first.error]);
  tally.expect(
    `${name}: renders alike twice`,
    first.text === second.text ? [] : ['two renderings of the same values differ'],
  );
  const seconds = Math.min(first.cpuSeconds, second.cpuSeconds);
  rendered.push(seconds);
  tally.expect(
    `${name}: renders in time`,
    seconds < longestRenderS ? [] : [`took ${seconds.toFixed(2)} s of a core, at most ${longestRenderS} s`],
  );

  const validated = validate(first.text);
  for (const { what, problems } of validated) tally.expect(`${name}: ${what}`, problems);
  totals.objects += validated.length;
  totals.invalid += validated.filter(({ problems }) => problems.length > 0).length;

  const { critical } = score(first.text);
  tally.expect(`${name}: kube-score finds nothing critical`, critical);
  totals.critical += critical.length;

  const objects = objectsOf(first.text);
  for (const [rule, problems] of Object.entries(ruleProblems(objects))) {
    tally.expect(`${name}: ${rule}`, problems);
  }
  const values = valuesOf(scenario);
  const { problems, ends } = policyProblems(objects, edges, values);
  tally.expect(`${name}: policies are the edges`, problems);
  totals.ends += ends;
  totals.declared += edgesFor(edges, values).length;
}

const slowest = Math.max(...rendered);
const upgrade = objectsOf(
  render(all.find(({ name }) => name === 'development')?.files ?? [], ['--is-upgrade']).text,
);
const migrations = upgrade.filter(
  ({ metadata }) => metadata.name === 'sillage-migrations-upgrade' && metadata.annotations['helm.sh/hook'],
);
tally.expect(
  'an upgrade migrates before it makes pods',
  migrations.length === 1 && migrations[0]?.metadata.annotations['helm.sh/hook'] === 'pre-upgrade'
    ? []
    : ['the migrations are to be one Job with the hook pre-upgrade'],
);

figure('chart: slowest rendering, seconds of a core', slowest.toFixed(1));
figure('chart: scenarios rendered, twice alike', all.length);
figure('chart: objects held against their schemas (kubeconform, strict)', totals.objects);
figure('chart: of these invalid, or of a kind without a schema', totals.invalid);
figure('chart: critical findings of kube-score', totals.critical);
figure('chart: ends of edges declared, and let pass by policies, over all scenarios', totals.ends);
tally.finish();
