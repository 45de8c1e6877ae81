import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fleet, localApiKey, runLoad, startFleet } from '@sillage/fleet';
import { chart } from './compare/plot.ts';
import { table, taken, writeBeside, writeFigures } from './pages.ts';
import { holdings } from './processes.ts';
import type { Goal } from './report.ts';
import { slopeOf } from './simulate/slope.ts';

const mostSlope = 1;
/** Shorter runs tell crashes, failures and handles; memory still finds its size, and its slope means nothing. */
const shortest = 30;
/** Of a machine that does other things as well, some requests may find no room. */
const mostFailed = 0.01;
const sampleMs = 5000;
/** Of the run, what is warm-up: caches fill, machine code is made, heaps find their size. */
const warmUpPart = 0.4;
/** So small that they are full before the measurement begins: what grows after that is none of theirs. */
const cacheMb = '8';
const rates = { predict: 40, generate: 0.5, events: 0.1 };

interface Sample {
  readonly atH: number;
  readonly rssMb: number;
  readonly handles: number;
}

/** A fleet under mixed traffic, and what each of its processes holds on to. `isKept`: the report goes into docs. */
export async function measureSoak(minutes: number, isKept: boolean): Promise<Goal[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sillage-soak-'));
  try {
    const env = { LOG_LEVEL: 'warn', CACHE_MEMORY_MB: cacheMb, CACHE_SIZE_MB: '16', CACHE_WARM_ROWS: '0' };
    const fleet = await startFleet({ dataDir, port: 0, host: '127.0.0.1', env });
    try {
      return await measure(fleet, minutes, isKept);
    } finally {
      await fleet.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function measure(fleet: Fleet, minutes: number, isKept: boolean): Promise<Goal[]> {
  const key = await localApiKey(fleet);
  const names = Object.keys(fleet.processes) as (keyof Fleet['processes'])[];
  const samples = new Map(names.map((name) => [name, [] as Sample[]]));
  const pids = new Map(names.map((name) => [name, fleet.processes[name].pid]));
  const began = performance.now();
  const look = () => {
    for (const name of names) {
      const { pid } = fleet.processes[name];
      if (pid === undefined) continue;
      const { rssKb, handles } = holdings(pid);
      const atH = (performance.now() - began) / 3_600_000;
      samples.get(name)?.push({ atH, rssMb: rssKb / 1024, handles });
    }
  };
  const timer = setInterval(look, sampleMs);
  const report = await runLoad({ url: fleet.url, key, seconds: minutes * 60, rates }).finally(() =>
    clearInterval(timer),
  );
  look();
  const crashed = names.filter((name) => fleet.processes[name].pid !== pids.get(name));
  const warmH = (minutes / 60) * warmUpPart;
  const rows = names.map((name) => {
    const all = samples.get(name) ?? [];
    const warm = all.filter(({ atH }) => atH >= warmH);
    const memory = slopeOf(warm.map(({ atH, rssMb }) => [atH, rssMb] as const));
    const half = Math.floor(warm.length / 2);
    const most = (part: readonly Sample[]) => Math.max(0, ...part.map(({ handles }) => handles));
    return {
      ...{ name, all, memory },
      rssMb: warm.at(-1)?.rssMb ?? 0,
      handles: most(warm.slice(half)) - most(warm.slice(0, half)),
    };
  });
  const isLong = minutes >= shortest;
  const bounds: Readonly<Record<string, number>> = { gateway: 150, inference: 400, worker: 250 };
  const goals: Goal[] = [
    {
      name: 'requests that failed',
      unit: '',
      value: report.failed,
      atMost: Math.floor(isLong ? 0 : mostFailed * report.requests),
      detail: `of ${report.requests}${report.failures[0] ? `; ${report.failures[0].what}` : ''}`,
    },
    { name: 'processes that ended', unit: '', value: crashed.length, atMost: 0 },
    ...rows.flatMap(({ name, memory, rssMb, handles }) => [
      {
        name: `${name}, memory beyond its noise`,
        unit: 'MB/h',
        // What is within twice the noise is no slope that can be told.
        value: Math.max(0, memory.perX - 2 * memory.error),
        ...(isLong ? { atMost: mostSlope } : {}),
        detail: `slope ${memory.perX.toFixed(1)} ± ${(2 * memory.error).toFixed(1)} MB/h, ${rssMb.toFixed(0)} MB`,
      },
      { name: `${name}, handles, second half over first`, unit: '', value: handles, atMost: 8 },
      ...(bounds[name] === undefined
        ? []
        : [
            {
              name: `${name}, resident`,
              unit: 'MB',
              value: rssMb,
              ...(isLong ? { atMost: bounds[name] } : {}),
            },
          ]),
    ]),
  ];
  if (isKept) writeReport(rows, goals, minutes);
  return goals;
}

function writeReport(
  rows: readonly { readonly name: string; readonly all: readonly Sample[] }[],
  goals: readonly Goal[],
  minutes: number,
): void {
  const svg = chart({
    ...{ title: 'Resident memory under mixed traffic', x: 'minute', y: 'MB' },
    series: rows.map(({ name, all }) => ({
      name,
      points: all.map(({ atH, rssMb }) => [atH * 60, rssMb] as const),
    })),
  });
  writeBeside('docs/overload/soak.svg', svg);
  const text = [
    `Taken ${taken()}; ${minutes} minutes.`,
    table(
      ['what', 'figure', 'goal', ''],
      goals.map(({ name, value, unit, atMost, detail }) => [
        name,
        `${value.toFixed(1)} ${unit}`.trim(),
        atMost === undefined ? '' : `≤ ${atMost}`,
        detail ?? '',
      ]),
    ),
    '![Memory of each process](overload/soak.svg)',
  ].join('\n\n');
  writeFigures('docs/overload.md', 'npm run bench -- soak', text);
}
