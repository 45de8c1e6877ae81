import { join } from 'node:path';
import { answerOf, type Contender } from './contenders.ts';
import type { LimitTask } from './limit-loop.ts';
import { batch, cached, comparePair, measure, type Pair, warm } from './pairs.ts';
import { ask, firstMessage, type Started, startPinned } from './process.ts';
import type { Setting } from './setting.ts';
import { inBlocks, mean, type Ratio, ratioOf } from './statistics.ts';

/** A figure of ours as a share of what is possible. */
export interface Share {
  readonly name: string;
  /** A second. */
  readonly ours: number;
  readonly limit: number;
  readonly ratio: Ratio;
}

/** Requests of 64 new molecules, against the two limits of computing them. */
export async function shareOfCompute(setting: Setting, sillage: Contender): Promise<Share[]> {
  const loop = startPinned(
    setting.cores,
    'server',
    [process.execPath, join(import.meta.dirname, 'limit-loop.js')],
    { ipc: true },
  );
  try {
    await firstMessage(loop, 'the tight loop');
    await warm(setting, sillage, batch);
    const shares: Share[] = [];
    for (const [kind, name] of [
      ['chemistry', 'chemistry + ONNX Runtime in a tight loop'],
      ['tensors', 'ONNX Runtime on ready tensors'],
    ] as const) {
      const limit = (seconds: number) => loopRate(setting, loop, kind, seconds);
      await limit(1);
      const blocks = await inBlocks(
        setting.blocks,
        async () => (await measure(setting, sillage, batch)).rate * batch.perRequest,
        () => limit(setting.seconds),
      );
      shares.push(shareOf(name, blocks));
      setting.onEvent(`share of ${name}: ${shares.at(-1)?.ratio.median.toFixed(2)}`);
    }
    return shares;
  } finally {
    await loop.stop();
  }
}

async function loopRate(setting: Setting, loop: Started, kind: LimitTask['kind'], seconds: number) {
  const task: LimitTask = {
    kind,
    molecules: setting.molecules.slice(0, 2048),
    perRequest: batch.perRequest,
    seconds,
  };
  return (await ask<{ rate: number }>(loop, task, 'the tight loop')).rate;
}

export function shareOf(name: string, blocks: Parameters<typeof ratioOf<number>>[0]): Share {
  const all = (side: 'ours' | 'theirs') => mean(blocks.flatMap((one) => one[side]));
  return { name, ours: all('ours'), limit: all('theirs'), ratio: ratioOf(blocks, (rate) => rate) };
}

/** The cached answer against servers that answer the same bytes and know nothing: also what the client can send at most. */
export async function shareOfHttp(setting: Setting, sillage: Contender): Promise<Pair[]> {
  await warm(setting, sillage, cached);
  const answer = await answerOf(sillage, setting.molecules.slice(0, 1));
  const pairs: Pair[] = [];
  for (const [script, name] of [
    ['../express-baseline.js', 'bare express'],
    ['bare.js', 'bare node:http'],
  ] as const) {
    const started = startPinned(
      setting.cores,
      'server',
      [process.execPath, join(import.meta.dirname, script)],
      { ipc: true },
    );
    try {
      started.child.send(answer);
      const port = await firstMessage<number>(started, name);
      const bare: Contender = {
        ...sillage,
        name,
        url: `http://127.0.0.1:${port}/api/v1/predict`,
        keys: [],
        pid: started.child.pid,
        stop: started.stop,
      };
      pairs.push(await comparePair(setting, cached, sillage, bare));
    } finally {
      await started.stop();
    }
  }
  return pairs;
}

/** Seconds and number of the gateway's answers to predict, as its own metrics have it. */
export async function serverTime(metricsUrl: string): Promise<{ seconds: number; count: number }> {
  const text = await (await fetch(metricsUrl)).text();
  const sum = (name: string) =>
    [
      ...text.matchAll(
        new RegExp(
          `^olfactory_request_duration_seconds_${name}\\{[^}]*/api/v1/predict"[^}]*\\} (\\S+)$`,
          'gm',
        ),
      ),
    ]
      .map((match) => Number(match[1]))
      .reduce((all, one) => all + one, 0);
  return { seconds: sum('sum'), count: sum('count') };
}
