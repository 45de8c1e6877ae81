import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { barOf, figureOf, type Goal, verdictOf } from '../report.ts';
import type { Side } from './pairs.ts';
import { chart } from './plot.ts';
import { type Results, whole } from './results.ts';
import { mostSpread } from './statistics.ts';
import type { Point, Sweeps } from './sweeps.ts';

const root = join(import.meta.dirname, '../../..');

/** docs/performance.md, and beside it the plots and all figures as JSON. */
export function writeReport(results: Results, goals: readonly Goal[]): void {
  const folder = join(root, 'docs/performance');
  mkdirSync(folder, { recursive: true });
  for (const [name, svg] of Object.entries(plotsOf(results.sweeps))) {
    writeFileSync(join(folder, `${name}.svg`), svg);
  }
  const json = JSON.stringify({ ...results, goals }, undefined, 2);
  writeFileSync(join(folder, 'figures.json'), `${json}\n`);
  writeFileSync(join(root, 'docs/performance.md'), markdownOf(results, goals));
  const biome = join(root, 'node_modules/.bin/biome');
  if (existsSync(biome)) {
    spawnSync(biome, ['format', '--write', 'docs/performance.md', 'docs/performance'], { cwd: root });
  }
}

function plotsOf(sweeps: readonly Sweeps[]): Record<string, string> {
  const series = (kind: 'latency' | 'batch' | 'scaling', y: (point: Point) => number) =>
    sweeps.map((one) => ({ name: one.name, points: one[kind].map((point) => [point.x, y(point)] as const) }));
  return {
    'latency-load': chart({
      title: 'Time of an answer (p99) by load, new molecules, one a request',
      x: 'requests offered a second',
      y: 'milliseconds',
      isLogX: true,
      isLogY: true,
      series: series('latency', ({ p99 }) => p99),
    }),
    'throughput-batch': chart({
      title: 'Molecules a second by molecules of a request, 4 connections',
      x: 'molecules of a request',
      y: 'molecules a second',
      isLogX: true,
      series: series('batch', ({ rate }) => rate),
    }),
    scaling: chart({
      title: 'Molecules a second by connections, one molecule a request',
      x: 'connections',
      y: 'molecules a second',
      isLogX: true,
      series: series('scaling', ({ rate }) => rate),
    }),
  };
}

function markdownOf(results: Results, goals: readonly Goal[]): string {
  const { cores } = results;
  const pinning = cores.isPinned
    ? `Servers run on ${cores.server.length} of its cores, the client on ${cores.client.length} other`
    : 'Client and servers share its cores, as they cannot be kept apart here';
  return [
    '# Performance',
    `\`npm run bench -- compare\` wrote this page on ${results.date} (UTC): Sillage beside what one would pick instead, and beside the limit, with the same model (${results.model}), the same molecules and the same machine in one run. The machine: ${results.machine}. ${pinning}.`,
    'Every contender answers the same questions with the same notes and probabilities, or nothing is compared with it. Contender and Sillage alternate in blocks of ABBA; a ratio is the median of the blocks. In open loops, which send at a fixed rate, the time of an answer counts from when its request was due.',
    ...results.refused.map(({ name, reason }) => `**Not compared: ${name}.** ${reason}`),
    '## Goals',
    `Unusable: blocks lie further apart than ${mostSpread} of the median, so that the figure says nothing.`,
    table(
      ['goal', 'figure', 'bar', '', 'how it came about'],
      goals.map((goal) => [goal.name, figureOf(goal), barOf(goal), verdictOf(goal), goal.detail ?? '']),
    ),
    '## Beside peers',
    'Molecules a second and milliseconds, means over the blocks. Sillage is the whole fleet: gateway with key, limit, metrics and log, gRPC, inference. How each peer is set up, and after which documentation, its file in `bench/peers` says.',
    table(
      [
        'scenario',
        'contender',
        'molecules/s',
        'processor, ms',
        'p50',
        'p99',
        'failed',
        'ratio of rates',
        'client',
      ],
      [...results.pairs, ...results.http].flatMap((pair) => [
        sideRow(pair.scenario, pair.ours, ''),
        sideRow('', pair.theirs, `${pair.rate.median.toFixed(2)} (spread ${pair.rate.spread.toFixed(2)})`),
      ]),
    ),
    'Processor: time of all processes of a contender for a molecule, whatever else the machine did (of Sillage without Postgres, which belongs to no process of the fleet). The last column is the share of its core that the client used; near 1 it was the bottleneck, and the true ratio is further from 1. What it can send at most is the row of bare node:http.',
    '## Share of the limit',
    table(
      ['limit', 'limit, a second', 'Sillage, a second', 'share', 'spread'],
      [
        ...results.compute,
        ...(results.generation?.loops ?? []),
        ...(results.jobs ? [results.jobs.accepted, results.jobs.chunks] : []),
      ].map((share) => [
        share.name,
        whole(share.limit),
        whole(share.ours),
        share.ratio.median.toFixed(2),
        share.ratio.spread.toFixed(2),
      ]),
    ),
    '## Plots',
    '![Time of an answer by load](performance/latency-load.svg)',
    '![Molecules a second by molecules of a request](performance/throughput-batch.svg)',
    '![Molecules a second by connections](performance/scaling.svg)',
    'All figures are in [figures.json](performance/figures.json).',
    '',
  ].join('\n\n');
}

function sideRow(scenario: string, side: Side, ratio: string): string[] {
  return [
    scenario,
    side.name,
    whole(side.rate),
    side.cpuMs.toFixed(2),
    side.p50.toFixed(1),
    side.p99.toFixed(1),
    whole(side.failed),
    ratio,
    side.clientLoad.toFixed(2),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
