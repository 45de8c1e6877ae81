import { join } from 'node:path';
import { inferenceService } from '@sillage/contracts';
import { GrpcClient } from '@sillage/kit';
import { type Client, countMolecules, type Generation, generations } from '../inference.ts';
import { type Share, shareOf } from './limits.ts';
import type { Setting } from './setting.ts';
import { runPinned } from './setting.ts';
import { inBlocks } from './statistics.ts';

const root = join(import.meta.dirname, '../../..');
const loops = join(root, 'bench/peers/generation');
const worker = 'optimized';
/** Generations at the same time, so that no thread waits for a request. */
const atOnce = 2;

/** Molecules a second of each way to ask the `optimized` worker. */
export interface GenerationRate {
  readonly name: string;
  readonly rate: number;
  readonly atLeast: number | undefined;
}

export interface Generated {
  readonly rates: readonly GenerationRate[];
  /** Valid molecules a second against plain sampling loops of the same GRU. */
  readonly loops: readonly Share[];
}

/** The generators of the running fleet, asked over gRPC, and the plain loops on the same cores. */
export async function measureGeneration(
  setting: Setting,
  target: string,
  interpreters: { readonly onnx: string; readonly torch: string | undefined },
): Promise<Generated> {
  const client = new GrpcClient({
    definition: inferenceService,
    target,
    peer: 'inference',
    timeoutMs: 120_000,
  });
  try {
    const rates: GenerationRate[] = [];
    for (const generation of setting.isQuick ? generations.slice(0, 1) : generations) {
      await ourRate(client, generation, 1);
      const rate = await ourRate(client, generation, setting.seconds);
      rates.push({ name: generation.name, rate, atLeast: generation.bars[worker] });
    }
    const [unguided] = generations;
    if (!unguided) throw new Error('there is no way to generate');
    const found: Share[] = [];
    for (const loop of [
      { name: 'plain onnxruntime loop', file: 'loop.py', python: interpreters.onnx, model: 'optimized/1' },
      { name: 'plain PyTorch loop', file: 'torch_loop.py', python: interpreters.torch, model: 'baseline/2' },
    ]) {
      if (loop.python === undefined) continue;
      const { python, file } = loop;
      const options = {
        cwd: loops,
        env: { GENERATOR_MODEL: join(root, `models/generator-${loop.model}`) },
      };
      const blocks = await inBlocks(
        setting.blocks,
        () => ourRate(client, unguided, setting.seconds),
        async () => {
          const { valid, seconds } = runPinned<{ valid: number; seconds: number }>(
            setting.cores,
            [python, file, String(setting.seconds)],
            options,
          );
          return valid / seconds;
        },
      );
      found.push(shareOf(loop.name, blocks));
      const last = found.at(-1);
      setting.onEvent(
        `generation: ${last?.ours.toFixed(0)}/s against ${last?.limit.toFixed(0)}/s of ${loop.name}`,
      );
    }
    return { rates, loops: found };
  } finally {
    client.close();
  }
}

let seed = 1;

/** Molecules a second until so much time is over, two generations of 1,000 at a time. */
async function ourRate(client: Client, generation: Generation, seconds: number): Promise<number> {
  const started = performance.now();
  let molecules = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() - started < seconds * 1000) {
        molecules += await countMolecules(client, worker, generation, seed++);
      }
    }),
  );
  return (molecules / (performance.now() - started)) * 1000;
}
