import { AppError } from '@sillage/kit/errors';
import { RandomStream } from './random-stream.ts';
import { type Lane, type Sample, wholeWay } from './sampler.ts';
import type { Selfies } from './selfies.ts';

/**
 * One look of the denoiser at `rows` rows: tokens [rows, longest] with masks where nothing is decided and padding behind
 * the end, the length of each row, and its condition [rows, width]. Gives logits [rows, longest, tokens].
 */
export type Denoise = (
  tokens: Int32Array,
  lengths: Int32Array,
  condition: Float32Array,
  shape: { readonly rows: number; readonly longest: number },
) => Promise<Float32Array>;

/** A diffusion model, as its folder describes it. */
export interface DitModel {
  readonly denoise: Denoise;
  readonly tokens: readonly string[];
  readonly selfies: Selfies;
  /** [notes, width]: what each odour note adds to the condition (condition.f32). */
  readonly condition: Float32Array;
  readonly width: number;
  /** [1 + notes, maxLength]: logits of the lengths 1, 2, ... without notes, then what each note adds (lengths.f32). */
  readonly lengths: Float32Array;
  readonly maxLength: number;
  readonly padToken: number;
  readonly maskToken: number;
}

export interface DitOptions {
  readonly count: number;
  /** Of these samples only those of this lane; absent: all. */
  readonly lane?: Lane;
  /** 0 to 2^53 - 1. The same seed, options and model give the same samples in the same order. */
  readonly seed: number;
  readonly temperature: number;
  /** 0-1: a token less likely than this share of the likeliest is never drawn. */
  readonly minProbability: number;
  /** 1: the condition as learned; above 1: further away from the reference, at the cost of variety. */
  readonly guidance: number;
  /** Looks at each sample. More are slower and truer: tokens drawn in one look do not know of each other. */
  readonly steps: number;
  /** 0: the surest tokens are kept first; above 1: nearly any order, which gives more variety. */
  readonly orderNoise: number;
  /** Rows that run side by side (guided ones twice), and rows whose lengths are drawn and sorted together. */
  readonly batch: number;
  readonly window: number;
  /** Weight 0-1 of each note, in the order of the model's labels. */
  readonly wanted: Float64Array;
  readonly excluded: Float64Array;
}

/**
 * Draws molecules by masked diffusion (Sahoo et al. 2024, arXiv 2406.07524): a row begins as masks alone; each step
 * draws every masked place and keeps the surest (Chang et al. 2022, arXiv 2202.04200), until none is masked. Samples come
 * in order. Each has its own random stream, so its text does not depend on time.
 *
 * Throws the signal's reason when aborted; stops the model when the reader stops reading.
 */
export async function* sampleDiffusion(
  model: DitModel,
  options: DitOptions,
  signal?: AbortSignal,
): AsyncGenerator<Sample, void, undefined> {
  const { count, seed, window, batch, lane = wholeWay } = options;
  const lengthOf = lengthDraw(model, options.wanted);
  const conditions = conditionsOf(model, options);
  const chooser = new PlaceChooser(model, options, conditions.length);
  for (let first = lane.index; first < count; first += window * lane.of) {
    const size = Math.min(window, Math.ceil((count - first) / lane.of));
    const rows = Array.from({ length: size }, (_, index): Row => {
      const row = first + index * lane.of;
      const random = new RandomStream(seed, row);
      const length = lengthOf(random.uniform());
      return { row, random, ids: new Int32Array(length).fill(model.maskToken) };
    });
    const byLength = rows.toSorted((a, b) => a.ids.length - b.ids.length);
    for (let begin = 0; begin < byLength.length; begin += batch) {
      const part = byLength.slice(begin, begin + batch);
      for (let step = 0; step < options.steps; step++) {
        signal?.throwIfAborted();
        await unmask(model, { rows: part, conditions, chooser, step, steps: options.steps });
      }
    }
    for (const { row, ids } of rows) yield { row, smiles: model.selfies.decode(ids), complete: true };
  }
}

interface Row {
  readonly row: number;
  readonly random: RandomStream;
  readonly ids: Int32Array;
}

/** One step of a batch. A row shorter than the steps changes in some of them only. */
async function unmask(
  model: DitModel,
  batch: {
    readonly rows: readonly Row[];
    readonly conditions: readonly Float32Array[];
    readonly chooser: PlaceChooser;
    readonly step: number;
    readonly steps: number;
  },
): Promise<void> {
  const { conditions, chooser, step, steps } = batch;
  const kept = (length: number, after: number) => Math.floor((length * after) / steps);
  const dueOf = ({ ids }: Row) => kept(ids.length, step + 1) - kept(ids.length, step);
  const rows = batch.rows.filter((row) => dueOf(row) > 0);
  if (rows.length === 0) return;
  const width = conditions.length;
  // Padding is as wide as the batch's longest row, active or not, as in the Python sampler.
  const longest = Math.max(...batch.rows.map(({ ids }) => ids.length));
  const tokens = new Int32Array(rows.length * width * longest).fill(model.padToken);
  const lengths = new Int32Array(rows.length * width);
  const condition = new Float32Array(rows.length * width * model.width);
  for (const [index, { ids }] of rows.entries()) {
    for (const [side, values] of conditions.entries()) {
      const at = index * width + side;
      tokens.set(ids, at * longest);
      lengths[at] = ids.length;
      condition.set(values, at * model.width);
    }
  }
  const logits = await model.denoise(tokens, lengths, condition, { rows: rows.length * width, longest });
  const left = 1 - (step + 1) / steps;
  const size = width * longest * model.tokens.length;
  for (const [index, row] of rows.entries()) {
    chooser.fill(row, dueOf(row), logits.subarray(index * size, (index + 1) * size), { longest, left });
  }
}

/** Draws the masked places of a row and keeps the surest. */
class PlaceChooser {
  readonly #model: DitModel;
  readonly #options: DitOptions;
  readonly #isGuided: boolean;
  readonly #floor: number;
  readonly #scores: Float64Array;
  readonly #cumulative: Float64Array;

  constructor(model: DitModel, options: DitOptions, width: number) {
    this.#model = model;
    this.#options = options;
    this.#isGuided = width === 2;
    this.#floor = Math.log(options.minProbability);
    this.#scores = new Float64Array(model.tokens.length);
    this.#cumulative = new Float64Array(model.tokens.length);
  }

  /** `logits`: of this row [longest, tokens], guided followed by those of the reference. */
  fill(
    { ids, random }: Row,
    due: number,
    logits: Float32Array,
    { longest, left }: { readonly longest: number; readonly left: number },
  ): void {
    const drawn: { place: number; token: number; sure: number }[] = [];
    for (let place = 0; place < ids.length; place++) {
      if (ids[place] !== this.#model.maskToken) continue;
      const token = this.#draw(logits, place, longest, random.uniform());
      // The midpoint of the draw's interval, so that no logarithm is of zero.
      const gumbel = -Math.log(-Math.log((random.uniform() * 4294967296 + 0.5) / 4294967296));
      const sure = (this.#scores[token] ?? 0) - Math.log(this.#cumulative.at(-1) ?? 1);
      drawn.push({ place, token, sure: sure + this.#options.orderNoise * left * gumbel });
    }
    drawn.sort((a, b) => b.sure - a.sure || a.place - b.place);
    for (const { place, token } of drawn.slice(0, due)) ids[place] = token;
  }

  #draw(logits: Float32Array, place: number, longest: number, uniform: number): number {
    const scores = this.#scores;
    const cumulative = this.#cumulative;
    const { guidance, temperature } = this.#options;
    const { padToken, maskToken } = this.#model;
    const vocabulary = scores.length;
    const offset = place * vocabulary;
    const reference = offset + longest * vocabulary;
    let best = -Infinity;
    for (let token = 0; token < vocabulary; token++) {
      const score = logits[offset + token] ?? 0;
      const away = this.#isGuided ? (logits[reference + token] ?? 0) : 0;
      const guided = this.#isGuided ? away + guidance * (score - away) : score;
      scores[token] = token === padToken || token === maskToken ? -Infinity : guided;
      best = Math.max(best, scores[token] ?? 0);
    }
    let sum = 0;
    for (let token = 0; token < vocabulary; token++) {
      const score = ((scores[token] ?? 0) - best) / temperature;
      scores[token] = score;
      // Written so that a NaN is summed, and found below.
      if (!(score < this.#floor)) sum += Math.exp(score);
      cumulative[token] = sum;
    }
    if (!Number.isFinite(sum)) {
      throw new AppError('model_failed', 'the generator failed', {
        internal: 'logits are not finite numbers',
      });
    }
    const threshold = uniform * sum;
    // The first token whose cumulative weight exceeds the draw: a draw is below 1, so there is one.
    return cumulative.findIndex((value) => value > threshold);
  }
}

/** The wanted notes' condition and, where guidance has an effect, the reference's. */
function conditionsOf(model: DitModel, { wanted, excluded, guidance }: DitOptions): Float32Array[] {
  const positive = weightedSum(model.condition, model.width, wanted);
  const reference = weightedSum(model.condition, model.width, excluded);
  const isGuided = guidance !== 1 && !positive.every((value, index) => value === reference[index]);
  return isGuided ? [positive, reference] : [positive];
}

/** From a uniform number to a length, as likely as the wanted notes make it. */
function lengthDraw({ lengths, maxLength }: DitModel, wanted: Float64Array): (uniform: number) => number {
  const logits = weightedSum(lengths, maxLength, Float64Array.of(1, ...wanted));
  let sum = 0;
  const cumulative = Array.from(logits, (logit) => {
    sum += Math.exp(logit);
    return sum;
  });
  return (uniform) => 1 + cumulative.findIndex((value) => value > uniform * sum);
}

/** Sum of a table's rows in their order, each by its weight. */
export function weightedSum(table: Float32Array, width: number, weights: Float64Array): Float32Array {
  const total = new Float64Array(width);
  for (const [row, weight] of weights.entries()) {
    if (weight === 0) continue;
    const offset = row * width;
    for (let at = 0; at < width; at++) total[at] = (total[at] ?? 0) + weight * (table[offset + at] ?? 0);
  }
  return Float32Array.from(total);
}
