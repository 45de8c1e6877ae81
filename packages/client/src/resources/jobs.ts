import { ConnectionError, InvalidRequestError, SillageError } from '../errors.ts';
import type { components } from '../generated/api.ts';
import { bytesOf, eventsOf, jsonOf, linesOf } from '../http/read-body.ts';
import { Reconnection } from '../http/reconnection.ts';
import type { Transport } from '../http/transport.ts';
import { fillPath, type QueryOf, queryString } from '../http/typed.ts';
import type { CallOptions, IdempotentOptions } from '../options.ts';
import { Listing } from '../pages.ts';
import type { Candidate, Molecule } from './generate.ts';
import type { FailedRow, Prediction } from './predict.ts';
import type { WebhookDelivery } from './webhooks.ts';

export type Job = components['schemas']['Job'];
export type CreateJobRequest = components['schemas']['CreateJobRequest'];
export type UploadQuery = QueryOf<'/api/v1/jobs', 'post'>;
export type ResultFormat = 'ndjson' | 'csv' | 'sdf' | 'parquet';

/** A row of results: of a prediction job, or of a generation. */
export type JobRow = { readonly index: number; readonly line?: number } & (
  | Prediction
  | FailedRow
  | Molecule
  | Candidate
);

export interface JobEvent {
  /** Number of the change: `lastEventId` to go on from here. */
  readonly id: string | undefined;
  readonly type: 'progress' | 'finished';
  readonly job: Job;
}

/** What an upload may be of. */
export type MoleculeFileType = 'text/csv' | 'text/tab-separated-values' | 'chemical/x-daylight-smiles';

export interface StreamOptions extends CallOptions {
  /** Milliseconds without anything new for which a broken stream is connected to again (300,000). */
  readonly patienceMs?: number | undefined;
}

const defaultPatienceMs = 300_000;
const uploadTimeoutMs = 600_000;
const path = '/api/v1/jobs/{id}';

export class Jobs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Starts a job. Sent again by itself where the line breaks: its Idempotency-Key makes it one job. */
  create(body: CreateJobRequest, { idempotencyKey, ...options }: IdempotentOptions = {}): Promise<Job> {
    const headers = { 'idempotency-key': idempotencyKey ?? crypto.randomUUID() };
    return this.#transport.call('post', '/api/v1/jobs', { body }, { headers, isRepeatable: true, options });
  }

  /**
   * Starts a prediction of the molecules in a file: CSV, TSV or SMILES, up to 256 MB and 1,000,000 molecules.
   * @param file read again for each attempt: a Blob (in Node `fs.openAsBlob`), text or bytes
   */
  async upload(
    file: Blob | string | Uint8Array<ArrayBuffer>,
    {
      type = 'text/csv',
      idempotencyKey,
      query = {},
      ...options
    }: IdempotentOptions & { type?: MoleculeFileType; query?: UploadQuery } = {},
  ): Promise<Job> {
    const response = await this.#transport.stream({
      method: 'post',
      pattern: '/api/v1/jobs',
      path: `/api/v1/jobs${queryString(query)}`,
      body: file,
      headers: { 'content-type': type, 'idempotency-key': idempotencyKey ?? crypto.randomUUID() },
      isRepeatable: true,
      options: { timeoutMs: uploadTimeoutMs, ...options },
    });
    return (await response.json()) as Job;
  }

  /** Newest first. */
  list({ limit, ...options }: CallOptions & { limit?: number | undefined } = {}): Listing<Job> {
    return new Listing(async (before) => {
      const query = {
        ...(limit === undefined ? {} : { limit }),
        ...(before === undefined ? {} : { before }),
      };
      const { jobs, next } = await this.#transport.call('get', '/api/v1/jobs', { query }, { options });
      return { items: jobs, next };
    });
  }

  get(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#transport.call('get', path, { path: { id } }, { options });
  }

  /** Stops what is not finished; rows already made stay. May be sent twice. */
  cancel(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#transport.call('delete', path, { path: { id } }, { options });
  }

  /** Gives out no more of it. May be sent twice. */
  pause(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#transport.call(
      'post',
      '/api/v1/jobs/{id}/pause',
      { path: { id } },
      { isRepeatable: true, options },
    );
  }

  /** Goes on with what is paused or was cancelled. */
  resume(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#transport.call('post', '/api/v1/jobs/{id}/resume', { path: { id } }, { options });
  }

  /** Tries again what failed. */
  retry(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#transport.call('post', '/api/v1/jobs/{id}/retry', { path: { id } }, { options });
  }

  /** What was told of the job, to its own webhook and to those of the account, with each attempt. */
  async deliveries(id: string, options: CallOptions = {}): Promise<readonly WebhookDelivery[]> {
    const route = '/api/v1/jobs/{id}/deliveries';
    const { deliveries } = await this.#transport.call('get', route, { path: { id } }, { options });
    return deliveries;
  }

  /**
   * The job as it is, then every change until it has ended. Connects again by itself, with Last-Event-ID: no change
   * is missed.
   */
  async *events(
    id: string,
    {
      lastEventId,
      patienceMs = defaultPatienceMs,
      ...options
    }: StreamOptions & { lastEventId?: string } = {},
  ): AsyncGenerator<JobEvent, void, undefined> {
    const reconnection = new Reconnection({ signal: options.signal, patienceMs });
    let last = lastEventId;
    for (;;) {
      // A gateway that stops ends its streams; another goes on.
      let end: unknown = new ConnectionError('the stream of events ended before the job did');
      try {
        const response = await this.#transport.stream({
          method: 'get',
          pattern: `${path}/events`,
          path: fillPath(`${path}/events`, { id }),
          headers: {
            accept: 'text/event-stream',
            ...(last === undefined ? {} : { 'last-event-id': last }),
          },
          options: reconnection.hasBegun ? { ...options, maxRetries: 0 } : options,
        });
        // The end was seen before.
        if (response.status === 204) return;
        for await (const event of eventsOf(response, options)) {
          reconnection.moved();
          last = event.id ?? last;
          const type = event.event === 'finished' ? 'finished' : 'progress';
          yield { id: event.id, type, job: event.data as Job };
          if (type === 'finished') return;
        }
      } catch (error) {
        end = error;
      }
      await reconnection.after(end);
    }
  }

  /** The job when it has ended, however it did: `status` is `succeeded`, `failed` or `cancelled`. */
  async wait(
    id: string,
    { onProgress, ...options }: StreamOptions & { onProgress?: ((job: Job) => void) | undefined } = {},
  ): Promise<Job> {
    for await (const { type, job } of this.events(id, options)) {
      onProgress?.(job);
      if (type === 'finished') return job;
    }
    return this.get(id, options);
  }

  /** Rows in input order: all of them once the job has succeeded, before that those of finished chunks. */
  async *results(id: string, options: StreamOptions = {}): AsyncGenerator<JobRow, void, undefined> {
    for await (const { text } of linesOf(this.download(id, options))) yield jsonOf(text) as JobRow;
  }

  /**
   * The bytes of the results. Goes on by itself where the line broke, with Range.
   * @param options.offset bytes that are there already, of the file whose ETag `etag` is
   * @param options.onStart told the ETag and the bytes in all, where known, when the first answer begins
   */
  async *download(
    id: string,
    {
      format = 'ndjson',
      offset = 0,
      etag: knownEtag,
      onStart,
      patienceMs = defaultPatienceMs,
      ...options
    }: DownloadOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const reconnection = new Reconnection({ signal: options.signal, patienceMs });
    let position = offset;
    let etag = knownEtag;
    for (;;) {
      try {
        const response = await this.#transport.stream({
          method: 'get',
          pattern: `${path}/results`,
          path: `${fillPath(`${path}/results`, { id })}${queryString({ format })}`,
          headers: { accept: '*/*', ...rangeFrom(position, etag) },
          options: reconnection.hasBegun ? { ...options, maxRetries: 0 } : options,
        });
        if (position > 0 && response.status !== 206) throw await changed(response);
        etag = response.headers.get('etag') ?? etag;
        onStart?.({ etag, bytes: totalOf(response) });
        for await (const bytes of bytesOf(response, options)) {
          reconnection.moved();
          position += bytes.length;
          yield bytes;
        }
        return;
      } catch (error) {
        // All of it was there already.
        if (position > 0 && error instanceof InvalidRequestError && error.status === 416) return;
        await reconnection.after(error);
      }
    }
  }
}

export interface DownloadOptions extends StreamOptions {
  readonly format?: ResultFormat | undefined;
  readonly offset?: number | undefined;
  readonly etag?: string | undefined;
  readonly onStart?:
    | ((about: { readonly etag: string | undefined; readonly bytes: number | undefined }) => void)
    | undefined;
}

/** The results are no longer those that were begun: a retry or a resumed job has made others. */
export class ResultsChangedError extends SillageError {}

async function changed(response: Response): Promise<ResultsChangedError> {
  await response.body?.cancel();
  return new ResultsChangedError('the results have changed since this download began; begin it anew');
}

function rangeFrom(position: number, etag: string | undefined): Record<string, string> {
  if (position === 0) return {};
  return { range: `bytes=${position}-`, ...(etag === undefined ? {} : { 'if-range': etag }) };
}

/** Bytes of the whole file. */
function totalOf(response: Response): number | undefined {
  const text =
    /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ??
    response.headers.get('content-length');
  return text === null ? undefined : Number(text);
}
