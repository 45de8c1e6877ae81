import { batches, mapInOrder } from '../batches.ts';
import type { components } from '../generated/api.ts';
import type { Transport } from '../http/transport.ts';
import type { CallOptions } from '../options.ts';

export type PredictRequest = components['schemas']['PredictRequest'];
export type PredictResponse = components['schemas']['PredictResponse'];
export type Prediction = components['schemas']['Prediction'];
export type FailedRow = components['schemas']['FailedRow'];
export type PredictRow = Prediction | FailedRow;
/** What is asked of each molecule. */
export type PredictQuestion = Omit<PredictRequest, 'smiles'>;

/** Molecules of one request. */
export const maxPredictMolecules = 256;
const defaultConcurrency = 4;

export interface PredictManyOptions extends CallOptions {
  /** Molecules of one request, 1-256 (256). */
  readonly batchSize?: number | undefined;
  /** Requests in hand at the same time (4). */
  readonly concurrency?: number | undefined;
}

/** Whether a row is of a molecule that could not be used. */
export function isFailedRow<T extends object>(row: T | FailedRow): row is FailedRow {
  return 'error' in row;
}

/**
 * What these molecules smell of: one SMILES, which alone is refused where it cannot be read, or a list of any length,
 * of which a bad molecule fails its own row. `timing` of a list of several requests is their sum.
 */
export async function predict(
  transport: Transport,
  { smiles, ...question }: PredictRequest,
  options: PredictManyOptions,
): Promise<PredictResponse> {
  const many = [smiles].flat();
  if (typeof smiles === 'string' || many.length <= (options.batchSize ?? maxPredictMolecules)) {
    return ask(transport, { smiles, ...question }, options);
  }
  const answers: PredictResponse[] = [];
  for await (const answer of answersOf(transport, many, question, options)) answers.push(answer);
  const [first] = answers;
  if (!first) throw new TypeError('a list of molecules has at least one');
  const sum = (name: 'queue_ms' | 'inference_ms' | 'total_ms') =>
    answers.reduce((total, { timing }) => total + timing[name], 0);
  return {
    model: first.model,
    predictions: answers.flatMap(({ predictions }) => predictions),
    timing: { queue_ms: sum('queue_ms'), inference_ms: sum('inference_ms'), total_ms: sum('total_ms') },
  };
}

/** The rows of any number of molecules, in their order, as they come. */
export async function* predictMany(
  transport: Transport,
  smiles: Iterable<string> | AsyncIterable<string>,
  question: PredictQuestion,
  options: PredictManyOptions,
): AsyncGenerator<PredictRow, void, undefined> {
  for await (const { predictions } of answersOf(transport, smiles, question, options)) yield* predictions;
}

function answersOf(
  transport: Transport,
  smiles: Iterable<string> | AsyncIterable<string>,
  question: PredictQuestion,
  { batchSize = maxPredictMolecules, concurrency = defaultConcurrency, ...options }: PredictManyOptions,
): AsyncGenerator<PredictResponse> {
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > maxPredictMolecules) {
    throw new TypeError(`batchSize must be a whole number from 1 to ${maxPredictMolecules}`);
  }
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new TypeError('concurrency must be a whole number from 1 on');
  }
  return mapInOrder(batches(smiles, batchSize), concurrency, (batch, leaving) =>
    ask(
      transport,
      { smiles: batch, ...question },
      { ...options, signal: options.signal ? AbortSignal.any([options.signal, leaving]) : leaving },
    ),
  );
}

function ask(transport: Transport, body: PredictRequest, options: CallOptions): Promise<PredictResponse> {
  // A question, though it is a POST: it may be asked again.
  return transport.call('post', '/api/v1/predict', { body }, { isRepeatable: true, options });
}
