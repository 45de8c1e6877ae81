import { setTimeout as delay } from 'node:timers/promises';
import type { JobChunkPayload } from '@sillage/contracts';
import type { ChunkStore, Claim, Dispatcher, JobEvents, JobKind, JobQueue } from '@sillage/jobs';
import { AppError, type Log, reasonOf, type Span, SpanKind, toAppError, withSpan } from '@sillage/kit';
import { ChunkLease } from './chunk-lease.ts';
import type { ChunkHandler } from './domain/handler.ts';
import { judge } from './domain/retry-policy.ts';

export interface ChunkRunnerOptions {
  readonly store: ChunkStore;
  readonly queue: JobQueue;
  readonly dispatcher: Dispatcher;
  readonly events: JobEvents;
  readonly handlers: Readonly<Record<JobKind, ChunkHandler>>;
  readonly log: Log;
  /** How long a claim is good for without renewal. */
  readonly leaseMs: number;
  /** 0 up to 1; spreads retries. */
  readonly random: () => number;
  /** Told of each chunk taken in hand, once it is out of it. */
  onOutcome: (outcome: ChunkOutcome) => void;
}

export const chunkOutcomes = ['done', 'retried', 'dead', 'lost', 'given_back'] as const;
export type ChunkOutcome = (typeof chunkOutcomes)[number];

/** A delivery may come a little before the database's clock has reached the time of the retry. */
const retrySlackMs = 50;
/** How often Postgres is asked again while it is away. */
const awayPauseMs = 500;

/**
 * Works on delivered chunks: claims, runs the handler of the job's kind, and writes what became of it. It may be
 * given a chunk twice; only who holds the claim writes. While Postgres is away it waits, as long as the claim may be
 * good; then it throws, and the sweep hands the chunk over again.
 */
export class ChunkRunner {
  readonly #options: ChunkRunnerOptions;
  readonly #leases = new Set<ChunkLease>();
  readonly #runs = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: ChunkRunnerOptions) {
    this.#options = options;
  }

  /** Chunks worked on now. */
  get inHand(): number {
    return this.#leases.size;
  }

  /** Works on one delivery; resolves when its chunk is out of our hands. */
  async run(payload: JobChunkPayload): Promise<void> {
    const run = this.#run(payload);
    this.#runs.add(run);
    try {
      await run;
    } finally {
      this.#runs.delete(run);
    }
  }

  /** Resolves when what is in hand now is done or given back. */
  async whenIdle(): Promise<void> {
    await Promise.allSettled(this.#runs);
  }

  async #run(payload: JobChunkPayload): Promise<void> {
    const { store, events, log, leaseMs } = this.#options;
    const { traceparent, tracestate } = payload.trace;
    const parent = { ...(traceparent ? { traceparent } : {}), ...(tracestate ? { tracestate } : {}) };
    const attributes = { 'job.id': payload.jobId, 'job.chunk': payload.chunkIndex };
    await withSpan(
      'job-chunks process',
      { kind: SpanKind.CONSUMER, parent, link: parent, attributes },
      async (span) => {
        const key = { jobId: payload.jobId, index: payload.chunkIndex };
        const claim = await whileAway(() => store.claim(key), this.#stopping.signal);
        // A place in the queue is free.
        void this.#options.dispatcher.dispatch();
        if (!claim) return;
        const lease = new ChunkLease({ store, claim, events, log, leaseMs });
        this.#leases.add(lease);
        if (this.#stopping.signal.aborted) lease.letGo('stopping');
        try {
          await this.#work(claim, lease, span);
        } finally {
          lease.end();
          this.#leases.delete(lease);
        }
      },
    );
  }

  /** Gives back the chunks in hand, unfinished. */
  stop(): void {
    this.#stopping.abort();
    for (const lease of this.#leases) lease.letGo('stopping');
  }

  async #work(claim: Claim, lease: ChunkLease, span: Span): Promise<void> {
    const { store, handlers, log } = this.#options;
    const started = performance.now();
    const { jobId, index, claims, job } = claim;
    const event = () => ({
      jobId,
      chunk: index,
      kind: job.kind,
      tenantId: job.tenantId,
      claims,
      durationMs: Math.round(performance.now() - started),
    });
    span.setAttribute('job.kind', job.kind);
    try {
      lease.signal.throwIfAborted();
      const done = await handlers[job.kind]({
        claim,
        signal: lease.signal,
        onProgress: (rows) => lease.setProgress(rows),
        finish: (result) => {
          lease.signal.throwIfAborted();
          return whileAway(() => store.finish(claim, result), lease.signal);
        },
        input: () => whileAway(() => store.input(claim), lease.signal),
        previous: () => whileAway(() => store.previous(claim), lease.signal),
        molecules: () => whileAway(() => store.molecules(jobId), lease.signal),
      });
      this.#options.onOutcome('done');
      log.info({ ...event(), ...done }, 'chunk done');
    } catch (error) {
      if (lease.reason === 'lost') {
        this.#options.onOutcome('lost');
        log.info({ ...event(), outcome: 'lost' }, 'chunk let go');
      } else if (lease.reason === 'stopping') await this.#giveBack(claim, event());
      else await this.#handleFailure(claim, lease, error, event());
    }
  }

  async #giveBack(claim: Claim, event: object): Promise<void> {
    if (await this.#options.store.release(claim)) await this.#options.dispatcher.dispatch();
    this.#options.onOutcome('given_back');
    this.#options.log.info({ ...event, outcome: 'given back' }, 'chunk let go');
  }

  async #handleFailure(claim: Claim, lease: ChunkLease, thrown: unknown, event: object): Promise<void> {
    const { store, log, random } = this.#options;
    const error = toAppError(thrown);
    const { code, message: detail, internal } = error;
    const verdict = judge(error, claim.failures, random());
    const fields = { ...event, errorCode: code, detail, internal, failures: claim.failures + 1 };
    this.#options.onOutcome(verdict.kind === 'dead' ? 'dead' : 'retried');
    if (verdict.kind === 'dead') {
      log.error(
        { ...fields, err: code === 'internal' ? error.cause : undefined },
        'chunk is dead, job failed',
      );
      await whileAway(() => store.fail(claim, { code, detail }), lease.signal);
      return;
    }
    log.warn({ ...fields, retryInMs: Math.round(verdict.delayMs) }, 'chunk failed, will be tried again');
    const { delayMs } = verdict;
    if (await whileAway(() => store.retry(claim, { code, detail }, delayMs), lease.signal)) {
      await this.#enqueue(claim, delayMs + retrySlackMs);
    }
  }

  /** Hands the chunk over again; when the queue is away the sweep does it. */
  async #enqueue(claim: Claim, delayMs: number): Promise<void> {
    const { jobId, index, claims, trace } = claim;
    try {
      await this.#options.queue.enqueue([{ jobId, index, claims, trace, delayMs }]);
    } catch (error) {
      this.#options.log.debug({ jobId, chunk: index, reason: reasonOf(error) }, 'chunk not handed over yet');
    }
  }
}

/** Does it again while Postgres is away; throws the last failure when the signal aborts. */
async function whileAway<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'unavailable') throw error;
      await delay(awayPauseMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) throw error;
    }
  }
}
