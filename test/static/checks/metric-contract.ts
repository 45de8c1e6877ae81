#!/usr/bin/env node
// Every series and label that a rule, a dashboard, a scaling query or a runbook names is one that the services declare.
// That a running fleet shows them too is asked by the end-to-end suite (test/e2e/suites/metrics.ts).
import { spawnSync } from 'node:child_process';
import { type MetricSpec, metricCatalogue } from '@sillage/kit';
import { figure } from '../src/figures.ts';
import { contractProblems, metricsPage, readContract } from '../src/metric-contract.ts';
import { readQuery } from '../src/promql.ts';
import { readQueries } from '../src/queries.ts';
import { read } from '../src/repository.ts';
import { Tally } from '../src/tally.ts';
import { need } from '../src/tools.ts';

const tally = new Tally();
need('promtool');
const contract = await readContract();
const queries = readQueries();
const counts = new Map<string, { checked: number; resolving: number }>();

for (const { kind, where, expr } of queries) {
  const problems = problemsOf(expr);
  const count = counts.get(kind) ?? { checked: 0, resolving: 0 };
  counts.set(kind, {
    checked: count.checked + 1,
    resolving: count.resolving + (problems.length === 0 ? 1 : 0),
  });
  tally.expect(`${where}: ${expr}`, problems);
}
for (const wrong of [
  'olfactory_request_total',
  'sum by (route) (olfactory_requests_total)',
  'up{service="auth"}',
]) {
  tally.expect(`refused: ${wrong}`, problemsOf(wrong).length > 0 ? [] : ['it was taken']);
}
tally.expect(
  'docs/metrics.md is what the code declares',
  normal(read('docs/metrics.md')) === normal(await metricsPage())
    ? []
    : ['run node test/static/metrics-page.ts'],
);
tally.expect('promtool check metrics', lint());
for (const [kind, { checked, resolving }] of counts)
  console.log(`${kind}: ${checked} queries, ${resolving} resolve`);
const total = [...counts.values()].reduce((sum, { resolving }) => sum + resolving, 0);
figure('queries of rules, dashboards, scaling and runbooks checked', queries.length);
figure('queries whose every series and label resolves', total);
tally.finish();

function problemsOf(expr: string): string[] {
  try {
    return contractProblems(readQuery(expr), contract);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** The formatter aligns tables; only the words count. */
function normal(text: string): string {
  return text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---').trim();
}

/** Names, types and help of every metric there is, by Prometheus' own linter. */
function lint(): string[] {
  const exposition = Object.entries<MetricSpec>(metricCatalogue)
    .map(([name, { type, help }]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${sample(name, type)}`)
    .join('\n');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: `${exposition}\n`,
    encoding: 'utf8',
  });
  return status === 0 && `${stdout}${stderr}` === '' ? [] : [`${stdout ?? ''}${stderr ?? ''}`];
}

function sample(name: string, type: MetricSpec['type']): string {
  return type === 'histogram' ? `${name}_bucket{le="+Inf"} 1\n${name}_sum 1\n${name}_count 1` : `${name} 1`;
}
