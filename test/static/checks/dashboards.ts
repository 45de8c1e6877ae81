#!/usr/bin/env node
// The dashboards are what their code makes; each panel says what it shows and in which unit, none is there twice, and
// every alert is explained by one, with a link to its runbook.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { figure } from '../src/figures.ts';
import { dashboardsFolder } from '../src/queries.ts';
import { filesBelow, read, root } from '../src/repository.ts';
import { readRules } from '../src/rules.ts';
import { Tally } from '../src/tally.ts';

const dashboardSchema = z.object({
  uid: z.string(),
  title: z.string(),
  templating: z.object({ list: z.array(z.object({ name: z.string() })) }),
  panels: z.array(
    z.object({
      id: z.number(),
      type: z.string(),
      title: z.string().min(1),
      description: z.string().default(''),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      fieldConfig: z.object({ defaults: z.object({ unit: z.string().optional() }) }).optional(),
      links: z.array(z.object({ url: z.string() })).default([]),
      targets: z.array(z.object({ expr: z.string() })).default([]),
    }),
  ),
});

const tally = new Tally();
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  ['scripts/dist/dashboards/write.js', '--check'],
  {
    cwd: root,
    encoding: 'utf8',
  },
);
tally.expect('they are what scripts/src/dashboards makes', status === 0 ? [] : [`${stdout}${stderr}`]);

const files = filesBelow(dashboardsFolder, /\.json$/);
tally.expect('four of them', files.length === 4 ? [] : [`${files.length}`]);
const seen = new Map<string, string>();
const linked = new Set<string>();
let panelCount = 0;
for (const file of files) {
  const { panels, templating } = dashboardSchema.parse(JSON.parse(read(file)));
  const variables = templating.list.map(({ name }) => name);
  tally.expect(
    `${file}: variables`,
    ['datasource', 'namespace', 'runbooks']
      .filter((name) => !variables.includes(name))
      .map((name) => `no ${name}`),
  );
  tally.expect(
    `${file}: ids`,
    new Set(panels.map(({ id }) => id)).size === panels.length ? [] : ['two panels have the same id'],
  );
  for (const panel of panels.filter(({ type }) => type !== 'row')) {
    panelCount += 1;
    const { title, description, fieldConfig, targets, links, gridPos } = panel;
    const key = targets.map(({ expr }) => expr).join('\n');
    const runbooks = links.flatMap(({ url }) => /^\$\{runbooks\}\/(\w+)\.md$/.exec(url)?.[1] ?? []);
    for (const name of runbooks) linked.add(name);
    tally.expect(`${file}: ${title}`, [
      ...(description.length > 10 ? [] : ['no description']),
      ...(fieldConfig?.defaults.unit ? [] : ['no unit']),
      ...(targets.length > 0 ? [] : ['no query']),
      ...(seen.has(key) ? [`asks the same as ${seen.get(key)}`] : []),
      ...(gridPos.x + gridPos.w <= 24 ? [] : ['hangs over the edge']),
      ...runbooks
        .filter((name) => !existsSync(join(root, `docs/runbooks/${name}.md`)))
        .map((name) => `no ${name}.md`),
      ...(runbooks.length === links.length ? [] : ['a link that is no runbook']),
      ...targets
        .filter(({ expr }) => !expr.includes('$namespace'))
        .map(({ expr }) => `not by namespace: ${expr}`),
    ]);
    seen.set(key, `${file}: ${title}`);
  }
}
tally.expect(
  'every alert is linked from a panel',
  readRules()
    .alerts.map(({ alert }) => alert)
    .filter((name) => !linked.has(name)),
);
figure('dashboards', files.length);
figure('panels, none twice', panelCount);
tally.finish();
