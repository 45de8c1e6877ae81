import { readFileSync } from 'node:fs';
import type { Model__Output, ModelRef__Output } from '@sillage/contracts';
import { type LoneInference, startLoneInference } from '@sillage/fleet';
import { batches, realMolecules } from './molecules.ts';
import { cpuSeconds } from './processes.ts';
import { type Goal, median, spread } from './report.ts';

/** Molecules of a request, and requests at the same time. */
interface Shape {
  readonly perRequest: number;
  readonly inFlight: number;
}
const large: Shape = { perRequest: 256, inFlight: 4 };
const single: Shape = { perRequest: 1, inFlight: 64 };
/** Processor time of a molecule asked alone over that of one asked with 255 others. */
const mostForOne = 2.5;
/** Molecules of a round: what is fast needs more of them to be timed. */
const perRound = 3072;
/** Rounds before the first that is timed, until the machine code of what runs is made. */
const warmUps = 2;
/** Molecules of one generation, and generations at the same time. */
const wanted = 1000;
const atOnce = 2;
/** A worker is asked for so long before it is measured. */
const warmUpMs = 2000;
const guidedBy = 'vanilla and woody';

export type Client = LoneInference['client'];

/** Least molecules a second of each odour model. */
const predictBars: Readonly<Record<string, number>> = {
  'olfactory-base': 2500,
  'olfactory-fast as written': 20_000,
};

/** How a worker is asked, and least molecules a second of those that have a bar. */
export const generations: readonly {
  readonly name: string;
  readonly isGuided: boolean;
  readonly isScored: boolean;
  readonly bars: Readonly<Record<string, number>>;
}[] = [
  { name: 'valid only', isGuided: false, isScored: false, bars: { optimized: 10_000, dit: 150 } },
  { name: 'valid only, guided', isGuided: true, isScored: false, bars: { optimized: 4000, dit: 150 } },
  { name: 'scored', isGuided: false, isScored: true, bars: { optimized: 1890 } },
  { name: 'scored, guided', isGuided: true, isScored: true, bars: { optimized: 1890 } },
];
export type Generation = (typeof generations)[number];
const mostMegabytes = 600;

/**
 * The inference service alone, asked over gRPC: molecules a second of every model it has, and its memory when all were
 * asked. `only`: names of the models to measure; the memory is then that of these.
 */
export async function measureInference(rounds: number, only?: readonly string[]): Promise<Goal[]> {
  // Without a cache every molecule is new, however often it was asked.
  const inference = await startLoneInference(undefined, { CACHE_MEMORY_MB: '0', CACHE_WARM_ROWS: '0' });
  const { client } = inference;
  try {
    const { models: all } = await client.unary('ListModels', {});
    const models = all.filter(({ ref }) => only === undefined || (ref && only.includes(ref.name)));
    if (models.length === 0) throw new Error(`there is no model ${only?.join(', ')}`);
    const molecules = await realMolecules();
    const goals: Goal[] = [];
    for (const model of newest(models, 'odour-notes')) {
      for (const asWritten of [false, true]) {
        goals.push(await measurePredict(client, { model, asWritten }, molecules, rounds));
      }
      goals.push(await measureSingles(inference, model, molecules, rounds));
    }
    for (const model of newest(models, 'molecule-generation')) {
      for (const generation of generations) {
        goals.push(await measureGenerate(client, model, generation, rounds));
      }
    }
    return [...goals, ...memoryOf(inference)];
  } finally {
    await inference.stop();
  }
}

/** The version of each model that serves requests which name none: ListModels has it first. */
function newest(models: readonly Model__Output[], task: string): ModelRef__Output[] {
  const found = new Map<string, ModelRef__Output>();
  for (const { ref, task: own } of models) {
    if (ref && own === task && !found.has(ref.name)) found.set(ref.name, ref);
  }
  return [...found.values()];
}

interface Asked {
  readonly model: ModelRef__Output;
  /** Answers keep the spelling of what was sent, instead of RDKit's canonical one. */
  readonly asWritten: boolean;
}

async function measurePredict(
  client: Client,
  asked: Asked,
  molecules: readonly string[],
  rounds: number,
): Promise<Goal> {
  const parts = [...batches(molecules, perRound)];
  const roundOf = (index: number) => parts[index % parts.length] ?? [];
  for (let round = 0; round < warmUps; round++) await predictAll(client, asked, roundOf(round));
  const speeds: number[] = [];
  for (let round = warmUps; round < warmUps + rounds; round++) {
    const started = performance.now();
    await predictAll(client, asked, roundOf(round));
    speeds.push((perRound / (performance.now() - started)) * 1000);
  }
  const { model, asWritten } = asked;
  const key = asWritten ? `${model.name} as written` : model.name;
  return goalOf(
    `predict, ${model.name} ${model.version}${asWritten ? ' as written' : ''}`,
    predictBars[key],
    speeds,
  );
}

/** What requests of one molecule cost the service, against the same molecules in large requests. */
async function measureSingles(
  { client, process: { pid } }: LoneInference,
  model: ModelRef__Output,
  molecules: readonly string[],
  rounds: number,
): Promise<Goal> {
  const parts = [...batches(molecules, perRound)];
  const cpuMsOf = async (round: number, shape: Shape) => {
    const before = cpuSeconds(pid);
    await predictAll(client, { model, asWritten: false }, parts[round % parts.length] ?? [], shape);
    return ((cpuSeconds(pid) - before) * 1000) / perRound;
  };
  await cpuMsOf(0, single);
  const ratios: number[] = [];
  let last = '';
  for (let round = 1; round <= rounds; round++) {
    const together = await cpuMsOf(round, large);
    const alone = await cpuMsOf(round, single);
    ratios.push(alone / together);
    last = `${alone.toFixed(2)} ms against ${together.toFixed(2)}`;
  }
  return {
    name: `predict, ${model.name} ${model.version}, processor time, one a request / ${large.perRequest}`,
    unit: '×',
    value: median(ratios),
    ...(model.name === 'olfactory-base' ? { atMost: mostForOne } : {}),
    detail: `${spread(ratios)}; last ${last}`,
  };
}

async function predictAll(
  client: Client,
  { model, asWritten }: Asked,
  molecules: readonly string[],
  { perRequest, inFlight }: Shape = large,
): Promise<void> {
  const requests = batches(molecules, perRequest);
  const one = async () => {
    for (const smiles of requests) {
      const { rows } = await client.unary('Predict', { smiles: [...smiles], topK: 5, model, asWritten });
      if (rows.some(({ result }) => result !== 'prediction')) throw new Error('a molecule was not answered');
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
}

async function measureGenerate(
  client: Client,
  { name, version }: ModelRef__Output,
  generation: Generation,
  rounds: number,
): Promise<Goal> {
  const worker = name.replace(/^generator-/, '');
  const generate = async (seeds: number[]) =>
    Promise.all(seeds.map((seed) => countMolecules(client, worker, generation, seed)));
  // RDKit and the sampler are compiled again while they run, so one generation is not yet at speed.
  const warm = performance.now() + warmUpMs;
  do await generate(Array(atOnce).fill(0));
  while (performance.now() < warm);
  const speeds: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const started = performance.now();
    const counts = await generate(Array.from({ length: atOnce }, (_, one) => atOnce * round + one));
    speeds.push((counts.reduce((sum, one) => sum + one, 0) / (performance.now() - started)) * 1000);
  }
  return goalOf(`generate, ${worker} ${version}, ${generation.name}`, generation.bars[worker], speeds);
}

/**
 * Molecules of one generation. Scored: distinct ones with match, notes, properties and a safety verdict. Else: all that
 * RDKit has read, of which the distinct ones, written canonical and screened, are the answer.
 */
export async function countMolecules(
  client: Client,
  worker: string,
  { isGuided, isScored }: Generation,
  seed: number,
): Promise<number> {
  const events = client.stream('Generate', {
    description: isGuided ? guidedBy : '',
    unconditioned: !isGuided,
    unscored: !isScored,
    numMolecules: wanted,
    worker,
    seed,
  });
  for await (const { finished } of events) {
    if (!finished) continue;
    const turnedAway = Object.values(finished.rejectedBy).reduce((sum, count) => sum + count, 0);
    return isScored ? finished.unique - turnedAway : finished.valid;
  }
  throw new Error('a generation ended without its last event');
}

function goalOf(name: string, atLeast: number | undefined, speeds: readonly number[]): Goal {
  return {
    name,
    unit: '/s',
    value: median(speeds),
    ...(atLeast === undefined ? {} : { atLeast }),
    detail: spread(speeds.map(Math.round), 0),
  };
}

function memoryOf({ process: { pid } }: LoneInference): Goal[] {
  try {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    const value = Number(match?.[1]) / 1024;
    return [{ name: 'inference, resident after all that', unit: 'MB', value, atMost: mostMegabytes }];
  } catch {
    // No /proc here.
    return [];
  }
}
