#!/usr/bin/env node
// The chart: every scenario rendered twice alike, in time, linted, and held against the API's own schemas.
import { chart, helm, render, scenarios } from '../src/chart.ts';
import { validate } from '../src/kubeconform.ts';
import { Tally } from '../src/tally.ts';
import { need } from '../src/tools.ts';

const longestRenderS = 2;

need('helm', 'kubeconform');
const tally = new Tally();

for (const { name, files } of scenarios()) {
  const lint = helm(['lint', '--strict', chart, ...files.flatMap((file) => ['--values', file])]);
  tally.expect(`${name}: helm lint --strict`, lint.status === 0 ? [] : [lint.stdout + lint.stderr]);
  const first = render(files);
  const second = render(files);
  tally.expect(`${name}: renders`, first.ok ? [] : [first.error]);
  tally.expect(
    `${name}: renders alike twice`,
    first.text === second.text ? [] : ['two renderings of the same values differ'],
  );
  const seconds = Math.min(first.seconds, second.seconds);
  tally.expect(
    `${name}: renders in time`,
    seconds < longestRenderS ? [] : [`took ${seconds.toFixed(2)} s, at most ${longestRenderS} s`],
  );
  for (const { what, problems } of validate(first.text)) tally.expect(`${name}: ${what}`, problems);
}
tally.finish();
