import { errorOfProblem, type Problem, UnexpectedAnswerError } from '../errors.ts';
import type { components } from '../generated/api.ts';
import { eventsOf } from '../http/read-body.ts';
import type { Transport } from '../http/transport.ts';
import type { CallOptions } from '../options.ts';

export type GenerateRequest = components['schemas']['GenerateRequest'];
export type GenerateResponse = components['schemas']['GenerateResponse'];
export type Molecule = components['schemas']['Molecule'];
export type Candidate = components['schemas']['Candidate'];

/** The gateway gives a generation five minutes. */
const generateTimeoutMs = 310_000;

/** What a generation tells while it is made; `finished` is the last. */
export type GenerateEvent =
  | { readonly type: 'started'; readonly data: Omit<GenerateResponse, 'molecules' | 'statistics' | 'timing'> }
  | { readonly type: 'progress'; readonly data: { sampled: number; valid: number; accepted: number } }
  | { readonly type: 'molecule'; readonly data: Molecule }
  | { readonly type: 'candidates'; readonly data: { molecules: Candidate[] } }
  | {
      readonly type: 'finished';
      readonly data: Pick<GenerateResponse, 'statistics' | 'shortfall' | 'timing'>;
    };

/** Molecules that would smell of the description. */
export function generate(
  transport: Transport,
  body: GenerateRequest,
  options: CallOptions,
): Promise<GenerateResponse> {
  return transport.call(
    'post',
    '/api/v1/generate',
    { body },
    { isRepeatable: true, options: { timeoutMs: generateTimeoutMs, ...options } },
  );
}

/** The same, told while it is made. A failure on the way is thrown as any other. */
export async function* generateEvents(
  transport: Transport,
  body: GenerateRequest,
  options: CallOptions,
): AsyncGenerator<GenerateEvent, void, undefined> {
  const response = await transport.stream({
    method: 'post',
    pattern: '/api/v1/generate',
    path: '/api/v1/generate',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    isRepeatable: true,
    options: { timeoutMs: generateTimeoutMs, ...options },
  });
  for await (const { event, data } of eventsOf(response, options)) {
    if (event === 'error') throw errorOfProblem(data as Problem);
    // The events are those of the API's version; one of a later version passes as it is.
    yield { type: event, data } as GenerateEvent;
    if (event === 'finished') return;
  }
  throw new UnexpectedAnswerError('the generation ended without its last event');
}
