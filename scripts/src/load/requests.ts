import { setTimeout as delay } from 'node:timers/promises';
import { trialMolecule } from '../job-trial.ts';
import type { HttpClient } from './http-client.ts';

/** What the load is made of: a prediction, a generation, or a job that is made and followed by its events to its end. */
export const loadKinds = ['predict', 'generate', 'events'] as const;
export type LoadKind = (typeof loadKinds)[number];

/** What one request of a kind came to. */
export interface Outcome {
  /** Streams of events that ended before the job had, and went on by Last-Event-ID. */
  readonly reconnects: number;
}

/** A failure as it is counted: short, and alike for alike causes. */
export class RequestFailure extends Error {}

const commonMolecules = [
  'COc1cc(C=O)ccc1O',
  'CC1=CCC(CC1)C(C)=C',
  'CSSC',
  'O=Cc1ccccc1',
  'CCO',
  'CC(=O)OCCC(C)C',
];
const descriptions = ['fresh citrus', 'warm vanilla', 'woody amber', 'green apple, sweet'];
/** One prediction of so many asks for a molecule that no cache holds. */
const freshEvery = 4;
const jobMolecules = 20;
/** A job that has not ended by then is lost. */
const jobTimeoutMs = 120_000;
const streamPauseMs = 100;

export interface RequestOptions {
  readonly client: HttpClient;
  /** Where this run's own molecules begin: two runs with other offsets share no cache entry. */
  readonly offset: number;
  /** Only molecules that no cache holds. */
  readonly isFresh: boolean;
  /** Molecules of one prediction; absent: one, not in a list. */
  readonly molecules?: number;
}

/** Sends the `turn`th request of a kind; resolves when its answer is whole and right, else rejects. */
export function send(kind: LoadKind, turn: number, options: RequestOptions): Promise<Outcome> {
  switch (kind) {
    case 'predict':
      return predict(turn, options);
    case 'generate':
      return generate(turn, options);
    case 'events':
      return followJob(turn, options);
  }
}

async function predict(turn: number, options: RequestOptions): Promise<Outcome> {
  const { client, offset, isFresh, molecules } = options;
  if (molecules !== undefined) return predictMany(turn, { ...options, molecules });
  const smiles =
    isFresh || turn % freshEvery === 0
      ? readable(offset + turn)
      : (commonMolecules[turn % commonMolecules.length] ?? 'CCO');
  const body = expectStatus(
    await client.ask({ method: 'POST', path: '/api/v1/predict', body: { smiles, top_k: 3 } }),
    200,
  ) as { predictions?: { input?: string; notes?: unknown[] }[] };
  const [row] = body.predictions ?? [];
  if (row?.input !== smiles || row.notes?.length !== 3)
    throw new RequestFailure('answer is not for its question');
  return { reconnects: 0 };
}

async function predictMany(
  turn: number,
  { client, offset, molecules }: RequestOptions & { readonly molecules: number },
): Promise<Outcome> {
  const smiles = Array.from({ length: molecules }, (_, row) => readable(offset + turn * molecules + row));
  const sent = { method: 'POST', path: '/api/v1/predict', body: { smiles, top_k: 3 } } as const;
  const body = expectStatus(await client.ask(sent), 200) as {
    predictions?: { input?: string; notes?: unknown[] }[];
  };
  const isRight = (body.predictions ?? []).every(
    ({ input, notes }, row) => input === smiles[row] && notes?.length === 3,
  );
  if (!isRight || body.predictions?.length !== molecules)
    throw new RequestFailure('answer is not for its question');
  return { reconnects: 0 };
}

async function generate(turn: number, { client, offset }: RequestOptions): Promise<Outcome> {
  const body = expectStatus(
    await client.ask({
      method: 'POST',
      path: '/api/v1/generate',
      body: {
        description: descriptions[turn % descriptions.length],
        num_molecules: 1,
        seed: (offset + turn) % 1_000_000,
      },
    }),
    200,
  ) as { molecules?: unknown[] };
  if (body.molecules?.length !== 1) throw new RequestFailure('answer is not for its question');
  return { reconnects: 0 };
}

interface JobEvent {
  readonly status: string;
  readonly progress: { readonly done: number; readonly failed: number };
}

async function followJob(turn: number, { client, offset }: RequestOptions): Promise<Outcome> {
  const smiles = Array.from({ length: jobMolecules }, (_, row) =>
    readable(offset + turn * jobMolecules + row),
  );
  const { id } = expectStatus(
    await client.ask({ method: 'POST', path: '/api/v1/jobs', body: { kind: 'predict', input: { smiles } } }),
    202,
  ) as { id: string };
  const deadline = Date.now() + jobTimeoutMs;
  let last = 0;
  for (let reconnects = 0; Date.now() < deadline; reconnects += 1) {
    const answer = await client.open(
      { method: 'GET', path: `/api/v1/jobs/${id}/events`, headers: { 'Last-Event-ID': String(last) } },
      Math.max(1, deadline - Date.now()),
    );
    if (answer.statusCode !== 200 && answer.statusCode !== 204) {
      answer.resume();
      throw new RequestFailure(`events: HTTP ${answer.statusCode}`);
    }
    for await (const { id: number, data } of eventsOf(answer.setEncoding('utf8'))) {
      // Progress between two events comes under the number of the earlier one.
      if (number > last + 1) throw new RequestFailure('an event is missing');
      last = Math.max(last, number);
      if (data.status === 'succeeded') {
        if (data.progress.done !== jobMolecules) throw new RequestFailure('a job lost rows');
        return { reconnects };
      }
      if (data.status === 'failed' || data.status === 'cancelled')
        throw new RequestFailure(`job ${data.status}`);
    }
    await delay(streamPauseMs);
  }
  throw new RequestFailure(`job has not ended within ${jobTimeoutMs / 1000} s`);
}

async function* eventsOf(stream: AsyncIterable<string>): AsyncGenerator<{ id: number; data: JobEvent }> {
  let buffer = '';
  for await (const chunk of stream) {
    buffer += chunk;
    const blocks = buffer.split('\n\n');
    buffer = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, id] = /^id: (\d+)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (id !== undefined && data !== undefined) yield { id: Number(id), data: JSON.parse(data) };
    }
  }
}

/** The trial's molecule, but never one of those that cannot be read. */
function readable(row: number): string {
  const smiles = trialMolecule(row);
  return smiles === 'C1CC' ? 'CCCCC=O' : smiles;
}

function expectStatus({ status, text }: { status: number; text: string }, wanted: number): unknown {
  if (status === wanted) return JSON.parse(text);
  let detail = '';
  try {
    detail = ` ${(JSON.parse(text) as { code?: string }).code ?? ''}`;
  } catch {
    // Not ours: the status says it all.
  }
  throw new RequestFailure(`HTTP ${status}${detail}`);
}
