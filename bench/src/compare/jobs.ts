import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inferenceService } from '@sillage/contracts';
import { GrpcClient } from '@sillage/kit';
import { batches } from '../molecules.ts';
import type { Sillage } from './contenders.ts';
import { type Share, shareOf } from './limits.ts';
import type { LoadFigures } from './load-task.ts';
import { runPinned, type Setting } from './setting.ts';
import { inBlocks, mean } from './statistics.ts';

const bare = join(import.meta.dirname, '../../peers/bullmq');
const connections = 32;
/** Requests as a worker sends them: what a chunk holds and how many are in flight. */
const perRequest = 256;
const inFlight = 2;
const pollMs = 20;

export interface Jobs {
  /** Small jobs accepted a second, against jobs added a second by BullMQ alone on the same Redis. */
  readonly accepted: Share;
  readonly refused: number;
  /** Molecules a second of one large job, against the same molecules sent straight to inference. */
  readonly chunks: Share;
}

/** Jobs of the fleet on Redis. */
export async function measureJobs(setting: Setting, sillage: Sillage, redisUrl: string): Promise<Jobs> {
  const url = new URL('/api/v1/jobs', sillage.url).href;
  const figures: LoadFigures[] = [];
  const body = JSON.stringify({ kind: 'predict', input: { smiles: ['COc1cc(C=O)ccc1O'] } });
  const accept = async () => {
    const found = await setting.client.load({
      url,
      bodies: [body],
      keys: sillage.ready.tenantKeys,
      connections,
      seconds: setting.seconds,
    });
    figures.push(found);
    return found.rate;
  };
  await accept();
  const accepted = await inBlocks(setting.blocks, accept, async () => {
    const { added, seconds } = runPinned<{ added: number; seconds: number }>(
      setting.cores,
      [process.execPath, 'queue.mjs', String(setting.seconds)],
      { cwd: bare, env: { REDIS_URL: redisUrl } },
    );
    return added / seconds;
  });
  const key = sillage.ready.tenantKeys[0] ?? '';
  const molecules = setting.molecules.slice(0, setting.isQuick ? 1024 : 4096);
  const client = new GrpcClient({
    definition: inferenceService,
    target: sillage.ready.inferenceTarget,
    peer: 'inference',
    timeoutMs: 120_000,
  });
  const straight = async () => {
    const started = performance.now();
    const requests = batches(molecules, perRequest);
    const one = async () => {
      for (const smiles of requests) await client.unary('Predict', { smiles: [...smiles], topK: 5 });
    };
    await Promise.all(Array.from({ length: inFlight }, one));
    return (molecules.length / (performance.now() - started)) * 1000;
  };
  try {
    await untilIdle(url, sillage.ready.tenantKeys);
    const chunks = await inBlocks(setting.blocks, () => jobRate(url, key, molecules), straight);
    return {
      accepted: shareOf('BullMQ alone, jobs added', accepted),
      refused: mean(figures.map(({ refused, failed }) => refused + failed)),
      chunks: shareOf('the same molecules straight to inference', chunks),
    };
  } finally {
    client.close();
  }
}

/** The many small jobs are done before a large one is timed. */
async function untilIdle(url: string, keys: readonly string[]): Promise<void> {
  const deadline = Date.now() + 60_000;
  const isOpen = ({ status }: { status: string }) => status === 'queued' || status === 'running';
  for (const key of keys) {
    while ((await read(`${url}?limit=100`, key)).jobs.some(isOpen)) {
      if (Date.now() > deadline) throw new Error('small jobs were not done within a minute');
      await delay(200);
    }
  }
}

async function jobRate(url: string, key: string, smiles: readonly string[]): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ kind: 'predict', input: { smiles } }),
  });
  if (response.status !== 202)
    throw new Error(`a job was answered ${response.status}: ${await response.text()}`);
  const { id } = (await response.json()) as { id: string };
  for (;;) {
    const job = await read(`${url}/${id}`, key);
    if (job.status === 'succeeded') {
      // Its own times: polling adds nothing to them.
      return (smiles.length / (Date.parse(job.finished_at) - Date.parse(job.started_at))) * 1000;
    }
    if (['failed', 'cancelled'].includes(job.status)) throw new Error(`a job ended as ${job.status}`);
    await delay(pollMs);
  }
}

async function read(url: string, key: string) {
  const response = await fetch(url, { headers: { 'x-api-key': key } });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return JSON.parse(await response.text());
}
