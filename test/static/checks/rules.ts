#!/usr/bin/env node
// Prometheus' own check and tests of the rules; every alert has a case in which it fires, one in which it stays
// silent, and a runbook of its name.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { figure } from '../src/figures.ts';
import { filesBelow, read, root } from '../src/repository.ts';
import { readRules, readRuleTests } from '../src/rules.ts';
import { differences, Tally } from '../src/tally.ts';
import { need } from '../src/tools.ts';

const tally = new Tally();
need('promtool');
const { alerts, recordings, files } = readRules();
const tests = readRuleTests();

tally.expect('promtool check rules', promtool('check', 'rules', '--lint=all', '--lint-fatal', ...files));
for (const file of tests.files) tally.expect(`promtool test rules ${file}`, promtool('test', 'rules', file));

for (const { alert, annotations } of alerts) {
  const runbook = `docs/runbooks/${alert}.md`;
  const problems = [
    ...(tests.firing.has(alert) ? [] : ['no test in which it fires']),
    ...(tests.silent.has(alert) ? [] : ['no test in which it stays silent']),
    ...(annotations.runbook_url === runbook ? [] : [`runbook_url is to be ${runbook}`]),
    ...runbookProblems(runbook, alert),
  ];
  tally.expect(`alert ${alert}`, problems);
}
const names = alerts.map(({ alert }) => alert);
tally.expect(
  'each alert once',
  names.filter((name, index) => names.indexOf(name) !== index),
);
tally.expect(
  'runbooks of alerts',
  differences(
    {
      what: 'docs/runbooks',
      names: filesBelow('docs/runbooks', /^[A-Z][a-z]\w+\.md$/).map((path) =>
        path.slice('docs/runbooks/'.length, -3),
      ),
    },
    { what: 'the rules', names },
  ),
);
figure('alerts, each with a runbook, a test that fires and one that stays silent', alerts.length);
figure('cases of promtool that fire', sum(tests.firing));
figure('cases of promtool that stay silent', sum(tests.silent));
console.log(
  `${alerts.length} alerts and ${recordings.length} recording rules in ${files.length} files; ` +
    `${sum(tests.firing)} cases that fire, ${sum(tests.silent)} that stay silent`,
);
tally.finish();

function promtool(...args: string[]): string[] {
  const { status, stdout, stderr } = spawnSync('promtool', args, {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? [] : [`${stdout ?? ''}${stderr ?? ''}`.trim() || `promtool ended with ${status}`];
}

function runbookProblems(path: string, alert: string): string[] {
  if (!existsSync(join(root, path))) return [`${path} is missing`];
  const text = read(path);
  return [`# ${alert}`, '## Meaning', '## Impact', '## Diagnosis', '## Mitigation']
    .filter((heading) => !text.split('\n').includes(heading))
    .map((heading) => `${path} lacks "${heading}"`);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
