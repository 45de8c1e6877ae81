import { AppError } from '@sillage/kit/errors';
import { Grammar, Writing } from './grammar.ts';
import { RandomStream } from './random-stream.ts';

/** What one step of the model gives back, row after row. The sampler may write into both arrays. */
export interface StepResult {
  /** [rows, tokens] */
  readonly logits: Float32Array;
  /** [rows, hidden] */
  readonly hidden: Float32Array;
}

/**
 * One step of the recurrent model for `rows` rows: the last token of each, its state [rows, hidden], and for each of
 * the conditions what it adds to the input gates [conditions, gates]. Token t of a row under condition c is written
 * c * tokens.length + t. The arrays belong to the sampler and are reused after the promise settles.
 */
export type Step = (
  tokens: Int32Array,
  hidden: Float32Array,
  condition: Float32Array,
  rows: number,
) => Promise<StepResult>;

/** A generator model, as its folder describes it. */
export interface GeneratorModel {
  readonly step: Step;
  /** Token id to text; pad, start and end are never sampled as text. */
  readonly tokens: readonly string[];
  /** [notes, gates]: what each odour note adds to the input gates (condition.f32, little-endian FP32). */
  readonly condition: Float32Array;
  readonly hidden: number;
  readonly gates: number;
  readonly padToken: number;
  readonly startToken: number;
  readonly endToken: number;
}

/** A share of the samples that can be drawn apart from the others: those whose number modulo `of` is `index`. */
export interface Lane {
  readonly index: number;
  readonly of: number;
}

export const wholeWay: Lane = { index: 0, of: 1 };

export interface SampleOptions {
  /** Samples to draw, at least 1. Begin with as many as could be needed and stop reading when there are enough. */
  readonly count: number;
  /** Of these samples only those of this lane. They are the same as without lanes. Absent: all. */
  readonly lane?: Lane;
  /** 0 to 2^53 - 1. The same seed, options and model give the same samples in the same order. */
  readonly seed: number;
  /** Above 0; below 1 likely tokens gain. */
  readonly temperature: number;
  /** 0-1: a token less likely than this share of the likeliest is never drawn; most such tokens break the molecule. */
  readonly minProbability: number;
  /** 1: the condition as learned; above 1: further away from the reference, at the cost of variety. */
  readonly guidance: number;
  /** A sample longer than this is cut and marked incomplete. */
  readonly maxTokens: number;
  /** Samples drawn side by side. Guided ones take two rows each. */
  readonly batch: number;
  /** Weight 0-1 of each note, in the order of the model's labels. */
  readonly wanted: Float64Array;
  /** Weight 0-1 of each note to move away from. Has effect only where guidance is not 1. */
  readonly excluded: Float64Array;
}

export interface Sample {
  /** Number of the sample in the order they were begun. */
  readonly row: number;
  /** Unchecked text: it may be no molecule at all. */
  readonly smiles: string;
  /** False when maxTokens cut it. */
  readonly complete: boolean;
}

/**
 * Draws SMILES from the model, refilling a finished row with the next sample at once so that every batch is full
 * until the last. Samples come in the order they end. That order and their text depend on the options alone, never
 * on time: each sample has its own random stream and the layout of every batch follows from the draws.
 *
 * Throws the signal's reason when aborted; stops the model when the reader stops reading.
 */
export async function* sampleMolecules(
  model: GeneratorModel,
  options: SampleOptions,
  signal?: AbortSignal,
): AsyncGenerator<Sample, void, undefined> {
  const { count, seed, maxTokens, lane = wholeWay } = options;
  const wanted = gatesOf(model, options.wanted);
  const reference = gatesOf(model, options.excluded);
  const guided = options.guidance !== 1 && !wanted.every((value, index) => value === reference[index]);
  // Guided, a sample has two neighbouring rows: with what is wanted, and the reference it moves away from.
  const width = guided ? 2 : 1;
  const size = Math.max(0, Math.min(options.batch, Math.ceil((count - lane.index) / lane.of)));

  const condition = new Float32Array(width * model.gates);
  condition.set(wanted);
  if (guided) condition.set(reference, model.gates);
  const grammar = new Grammar(model.tokens, model.endToken, [model.padToken, model.startToken]);
  const begin = (row: number): Slot => ({
    row,
    random: new RandomStream(seed, row),
    writing: new Writing(grammar),
    text: '',
    length: 0,
  });
  const slots: Slot[] = [];
  let next = lane.index;
  for (; slots.length < size; next += lane.of) slots.push(begin(next));
  const tokens = new Int32Array(size * width);
  const write = (slot: number, token: number): void => {
    tokens[slot * width] = token;
    if (guided) tokens[slot * 2 + 1] = model.tokens.length + token;
  };
  for (let slot = 0; slot < size; slot++) write(slot, model.startToken);
  let hidden: Float32Array = new Float32Array(size * width * model.hidden);
  const chooser = new TokenChooser(model, options, guided);
  const stateLength = width * model.hidden;

  while (slots.length > 0) {
    signal?.throwIfAborted();
    const running = slots.length;
    const rows = running * width;
    const result = await model.step(tokens.subarray(0, rows), hidden, condition, rows);
    hidden = result.hidden;
    let kept = 0;
    for (let index = 0; index < running; index++) {
      const slot = slots[index];
      if (slot === undefined) break;
      const token = chooser.choose(result.logits, index, slot);
      const ended = token === model.endToken;
      if (!ended) {
        slot.writing.append(token);
        slot.text += model.tokens[token] ?? '';
        slot.length++;
      }
      let last = token;
      let current = slot;
      if (ended || slot.length >= maxTokens) {
        yield { row: slot.row, smiles: slot.text, complete: ended };
        if (next >= count) continue;
        current = begin(next);
        next += lane.of;
        last = model.startToken;
        hidden.fill(0, index * stateLength, (index + 1) * stateLength);
      }
      // Near the end rows run out; the rest move up, in order, into the places of those that left.
      if (kept !== index)
        hidden.copyWithin(kept * stateLength, index * stateLength, (index + 1) * stateLength);
      slots[kept] = current;
      write(kept, last);
      kept++;
    }
    slots.length = kept;
    hidden = hidden.subarray(0, kept * stateLength);
  }
}

interface Slot {
  readonly row: number;
  readonly random: RandomStream;
  readonly writing: Writing;
  text: string;
  length: number;
}

/** What weighted notes add to every input gate: a sum of the condition table's rows, in the order of the notes. */
function gatesOf(model: GeneratorModel, weights: Float64Array): Float32Array {
  const total = new Float64Array(model.gates);
  for (const [note, weight] of weights.entries()) {
    if (weight === 0) continue;
    const offset = note * model.gates;
    for (let gate = 0; gate < model.gates; gate++) {
      total[gate] = (total[gate] ?? 0) + weight * (model.condition[offset + gate] ?? 0);
    }
  }
  return Float32Array.from(total);
}

/** Turns one row's logits (two rows', guided) and a uniform draw into a token. Keeps its buffers between rows. */
class TokenChooser {
  /** The tokens that may follow, and of each its score, then the weight of it and of those before it. */
  private readonly allowed: Uint16Array;
  private readonly scores: Float64Array;
  private readonly vocabulary: number;
  private readonly temperature: number;
  private readonly floor: number;
  private readonly guidance: number;
  private readonly guided: boolean;

  constructor(model: GeneratorModel, options: SampleOptions, guided: boolean) {
    this.vocabulary = model.tokens.length;
    this.allowed = new Uint16Array(this.vocabulary);
    this.scores = new Float64Array(this.vocabulary);
    this.temperature = options.temperature;
    this.floor = Math.log(options.minProbability);
    this.guidance = options.guidance;
    this.guided = guided;
  }

  choose(logits: Float32Array, index: number, slot: Slot): number {
    const { allowed, scores, vocabulary, guidance, guided, temperature, floor } = this;
    const offset = index * vocabulary * (guided ? 2 : 1);
    const count = slot.writing.listAllowed(allowed);
    let best = -Infinity;
    for (let place = 0; place < count; place++) {
      const token = allowed[place] ?? 0;
      let score = logits[offset + token] ?? 0;
      if (guided) {
        const away = logits[offset + vocabulary + token] ?? 0;
        score = away + guidance * (score - away);
      }
      scores[place] = score;
      if (score > best) best = score;
    }
    let sum = 0;
    for (let place = 0; place < count; place++) {
      const score = ((scores[place] ?? 0) - best) / temperature;
      // Written so that a NaN is summed, and found below.
      if (!(score < floor)) sum += Math.exp(score);
      scores[place] = sum;
    }
    if (!Number.isFinite(sum)) {
      throw new AppError('model_failed', 'the generator failed', {
        internal: 'logits are not finite numbers',
      });
    }
    const threshold = slot.random.uniform() * sum;
    // The first token whose cumulative weight exceeds the draw: a draw is below 1, so there is one.
    let place = 0;
    while (place < count - 1 && (scores[place] ?? 0) <= threshold) place++;
    return allowed[place] ?? 0;
  }
}
