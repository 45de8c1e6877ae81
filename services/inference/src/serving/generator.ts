import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type RequestContext } from '@sillage/kit';
import type { Descriptions } from '../domain/description/descriptions.ts';
import { isEnough, stillNeeded } from '../domain/generation/budget.ts';
import { type Rejection, rejections } from '../domain/generation/constraints.ts';
import type { GeneratorParameters } from '../domain/generation/generator-files.ts';
import { type Candidate, type Chosen, Selection } from '../domain/generation/select.ts';
import { topNotes } from '../domain/prediction/notes.ts';
import { type ModelVersion, modelKey } from '../repository/model-version.ts';
import type { ModelRepository } from '../repository/repository.ts';
import type { CandidateDetails, DrawnMolecule, MoleculeDetails } from '../threads/protocol.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import { Drawing, type DrawnChunk } from './drawing.ts';
import { type GenerateInput, type Plan, planGeneration, readScaffold, workersOf } from './generation-plan.ts';
import type { Permits } from './permits.ts';
import type { OdourModels } from './predictor.ts';

const shownNotes = 5;

export interface GeneratorOptions {
  readonly repository: ModelRepository;
  readonly pool: ThreadPool;
  readonly odourModels: OdourModels;
  /** Of each generator model, by key. */
  readonly parameters: ReadonlyMap<string, GeneratorParameters>;
  /** Absent where there is no generator. */
  readonly descriptions: Descriptions | undefined;
  /** Canonical SMILES without stereo of the molecules that `excludeAllergens` leaves out. */
  readonly allergens: readonly string[];
  /** Generations at the same time. */
  readonly permits: Permits;
}

export type GenerationEvent =
  | {
      readonly kind: 'started';
      readonly model: ModelVersion;
      readonly worker: string;
      readonly language: string;
      readonly otherLanguages: readonly string[];
      readonly understood: ReadonlyMap<string, number>;
      readonly unrecognised: readonly string[];
      readonly seed: number;
    }
  | { readonly kind: 'progress'; readonly sampled: number; readonly valid: number; readonly accepted: number }
  | { readonly kind: 'molecule'; readonly molecule: GeneratedMolecule }
  /** Where nothing is scored, in place of molecules, and as soon as they are drawn. */
  | { readonly kind: 'candidates'; readonly candidates: readonly UnscoredMolecule[] }
  | ({
      readonly kind: 'finished';
      readonly queueMs: number;
      readonly inferenceMs: number;
      /** Distinct molecules that a rule turned away, by the first that did. */
      readonly rejected: ReadonlyMap<Rejection, number>;
    } & Readonly<Counts>);

export interface GeneratedMolecule extends MoleculeDetails {
  readonly smiles: string;
  readonly novel: boolean;
  readonly match: number;
  readonly notes: readonly string[];
  readonly probabilities: readonly number[];
}

export interface UnscoredMolecule {
  readonly smiles: string;
  readonly novel: boolean;
}

interface Counts {
  sampled: number;
  valid: number;
  unique: number;
  novel: number;
}

/** A molecule that met every rule on structure. */
type Drawn = Omit<DrawnMolecule, 'rejection' | 'details'> & CandidateDetails;
type Scored = Omit<Drawn, 'features'> & Candidate;

/**
 * Makes molecules for a description: draws in threads, scores with the odour model through its queue, and chooses.
 * Draws go on until the budget's number of molecules has passed every rule (the best of them are returned), the
 * samples are used up, or three quarters of the time to the deadline are over. Only the last depends on the load.
 */
export class Generator {
  readonly #options: GeneratorOptions;

  constructor(options: GeneratorOptions) {
    this.#options = options;
  }

  /** Names that a request may give as its worker. */
  get workers(): readonly string[] {
    return workersOf(this.#options.repository);
  }

  async *generate(input: GenerateInput, context: RequestContext): AsyncGenerator<GenerationEvent> {
    const plan = planGeneration(input, this.#options);
    const release = this.#options.permits.take(1);
    let drawing: Drawing | undefined;
    try {
      const scaffold = await readScaffold(input, this.#options.pool, context.signal);
      yield {
        kind: 'started',
        model: plan.generator,
        worker: plan.worker,
        language: plan.language,
        otherLanguages: plan.otherLanguages,
        understood: plan.weights,
        unrecognised: plan.unrecognised,
        seed: plan.seed,
      };
      const id = randomUUID();
      drawing = new Drawing({
        pool: this.#options.pool,
        id,
        opening: {
          model: modelKey(plan.generator),
          odourModel: modelKey(plan.odourModel),
          options: {
            seed: plan.seed,
            maxSamples: plan.budget.maxSamples,
            weights: plan.weights,
            leftOut: this.#leftOut(input),
            constraints: input.constraints,
            scaffold,
            isScored: !input.unscored,
          },
        },
        samplesAtOnce: plan.budget.samplesAtOnce,
      });
      yield* this.#run({ id, input, plan, drawing, context });
    } finally {
      await drawing?.close();
      release();
    }
  }

  async *#run(run: {
    id: string;
    input: GenerateInput;
    plan: Plan;
    drawing: Drawing;
    context: RequestContext;
  }): AsyncGenerator<GenerationEvent> {
    const { id, input, plan, drawing, context } = run;
    const { budget } = plan;
    const stopMs = Date.now() + 0.75 * (context.deadlineMs - Date.now());
    const counts = { sampled: 0, valid: 0, unique: 0, novel: 0 };
    const rejected = new Map<Rejection, number>();
    const times = { queueMs: 0, inferenceMs: 0 };
    const selection = new Selection<Scored>({
      labels: plan.odourModel.manifest.labels,
      baseRates: this.#baseRates(plan),
      weights: plan.weights,
      minMatch: input.constraints.minMatch ?? 0,
    });
    // How many have passed: of the scored ones those that the selection took.
    let passed = 0;
    drawing.drawAhead(stillNeeded(budget, { passed, sampled: 0 }));
    while (
      !isEnough(budget, input.numMolecules, { passed, sampled: counts.sampled }) &&
      Date.now() < stopMs
    ) {
      context.signal.throwIfAborted();
      const chunk = await unlessAborted(drawing.next(), context.signal);
      if (chunk === undefined) break;
      const met = sift(chunk, counts, rejected);
      // Threads draw on while the odour model scores, for what is missing even if every molecule passes.
      drawing.drawAhead(stillNeeded(budget, { passed: passed + met.length, sampled: counts.sampled }));
      if (input.unscored) {
        const candidates = met.slice(0, input.numMolecules - passed);
        passed += candidates.length;
        yield {
          kind: 'candidates',
          candidates: candidates.map(({ canonical, novel }) => ({ smiles: canonical, novel })),
        };
      } else {
        const drawn = met.flatMap(({ details, ...molecule }) => (details ? { ...molecule, ...details } : []));
        const scored = await this.#score(drawn, `${id} ${counts.sampled}`, plan, context, times);
        for (const candidate of scored) selection.add(candidate);
        passed = selection.size;
      }
      const accepted = Math.min(passed, input.numMolecules);
      yield { kind: 'progress', sampled: counts.sampled, valid: counts.valid, accepted };
    }
    for (const molecule of selection.best(input.numMolecules)) {
      yield { kind: 'molecule', molecule: present(molecule, plan) };
    }
    for (const reason of ['excluded_note', 'min_match'] as const) {
      if (selection.rejected[reason] > 0) rejected.set(reason, selection.rejected[reason]);
    }
    yield { kind: 'finished', ...counts, ...times, rejected: inOrder(rejected) };
  }

  /** Molecules that this request does not want to see, and what their leaving out is counted as. */
  #leftOut({ excludeSmiles, constraints }: GenerateInput): ReadonlyMap<string, Rejection> {
    const allergens = constraints.excludeAllergens ? this.#options.allergens : [];
    return new Map<string, Rejection>([
      ...allergens.map((smiles) => [smiles, 'exclude_allergens'] as const),
      ...excludeSmiles.map((smiles) => [smiles, 'already_given'] as const),
    ]);
  }

  /** Odour probabilities of candidates, batched among themselves so that the load does not touch the result. */
  async #score(
    candidates: readonly Drawn[],
    group: string,
    { odourModel }: Plan,
    { deadlineMs, signal }: RequestContext,
    times: { queueMs: number; inferenceMs: number },
  ): Promise<Scored[]> {
    const odour = this.#options.odourModels.get(modelKey(odourModel));
    if (odour === undefined) throw new Error(`no engine for ${modelKey(odourModel)}`);
    const rows = candidates.map(({ features }) => ({ item: features, cost: features.atomCount }));
    const results = await retryWhileOverloaded(
      () => Promise.all(odour.engine.pushAll(rows, { deadlineMs, signal, group })),
      signal,
    );
    return candidates.map(({ features: _, ...candidate }, index) => {
      const result = results[index];
      times.queueMs += (result?.queueMs ?? 0) / candidates.length;
      times.inferenceMs += (result?.inferenceMs ?? 0) / (result?.batchSize ?? 1);
      return { ...candidate, probabilities: result?.value['probabilities'] ?? new Float32Array() };
    });
  }

  /** How often each note of the odour model occurs, in the order of its labels; the generator's manifest says. */
  #baseRates({ generator, odourModel }: Plan): readonly number[] {
    const parameters = this.#options.parameters.get(modelKey(generator));
    if (parameters === undefined) throw new Error(`no parameters of ${modelKey(generator)}`);
    const rateOf = new Map(
      generator.manifest.labels.map((label, index) => [label, parameters.baseRates[index] ?? 0]),
    );
    return odourModel.manifest.labels.map((label) => rateOf.get(label) ?? 0);
  }
}

/** Counts a chunk and gives the molecules that met every rule on structure. */
function sift(chunk: DrawnChunk, counts: Counts, rejected: Map<Rejection, number>): DrawnMolecule[] {
  counts.sampled += chunk.sampled;
  counts.valid += chunk.valid;
  counts.unique += chunk.molecules.length;
  return chunk.molecules.filter(({ novel, rejection }) => {
    if (novel) counts.novel += 1;
    if (rejection === undefined) return true;
    rejected.set(rejection, (rejected.get(rejection) ?? 0) + 1);
    return false;
  });
}

/** In the order in which rules are asked, whatever the order in which they first turned something away. */
function inOrder(rejected: ReadonlyMap<Rejection, number>): ReadonlyMap<Rejection, number> {
  return new Map(
    rejections.flatMap((reason) => {
      const count = rejected.get(reason);
      return count === undefined ? [] : [[reason, count] as const];
    }),
  );
}

/** Leaves the work as soon as its caller has left; the thread is told by what follows. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** A generation is long work: it waits for room rather than lose what it has drawn. */
async function retryWhileOverloaded<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'overloaded') throw error;
      await delay((error.retryAfterS ?? 1) * 250, undefined, { signal });
    }
  }
}

function present(molecule: Chosen<Scored>, { odourModel }: Plan): GeneratedMolecule {
  const { canonical, row: _row, fingerprint: _fingerprint, probabilities, ...rest } = molecule;
  const ranked = topNotes(probabilities, odourModel.manifest.labels, shownNotes);
  return { ...rest, ...ranked, smiles: canonical };
}
