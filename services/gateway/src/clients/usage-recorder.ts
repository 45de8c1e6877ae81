import { randomUUID } from 'node:crypto';
import { type Log, reasonOf } from '@sillage/kit';

export interface Use {
  readonly tenantId: string;
  readonly keyId: string;
  /** Route pattern. */
  readonly endpoint: string;
  readonly molecules: number;
  readonly isError: boolean;
}

export interface UsageSum {
  readonly tenantId: string;
  readonly keyId: string;
  readonly endpoint: string;
  readonly day: string;
  requests: number;
  molecules: number;
  errors: number;
}

export interface UsageBatch {
  /** Sent again under the same id, it counts once. */
  readonly batchId: string;
  readonly rows: UsageSum[];
}

export interface UsageRecorderOptions {
  readonly write: (batch: UsageBatch) => Promise<unknown>;
  readonly log: Log;
  readonly now?: () => number;
}

const flushEveryMs = 5000;
/** Rows of one batch; so many are written at once even before their time. */
const maxRows = 5000;

/**
 * Sums what is used by credential, endpoint and day, and writes it every few seconds; no answer waits for it. While it
 * cannot be written the sums go on growing: as many as there are credentials in use times endpoints.
 */
export class UsageRecorder {
  readonly #options: UsageRecorderOptions;
  readonly #timer: NodeJS.Timeout;
  /** Of the day, by credential and endpoint. */
  #sums = new Map<string, Map<string, UsageSum>>();
  /** Of days that are over. */
  #past: UsageSum[] = [];
  #rows = 0;
  /** Cut from the sums and sent, perhaps without an answer: to be sent again as they are. */
  readonly #unwritten: UsageBatch[] = [];
  #flushing: Promise<void> | undefined;
  #day = { until: 0, text: '' };

  constructor(options: UsageRecorderOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush(), flushEveryMs);
    this.#timer.unref();
  }

  record({ tenantId, keyId, endpoint, molecules, isError }: Use): void {
    const day = this.#today();
    const byEndpoint = this.#sums.get(keyId) ?? new Map<string, UsageSum>();
    const known = byEndpoint.get(endpoint);
    const sum = known ?? { tenantId, keyId, endpoint, day, requests: 0, molecules: 0, errors: 0 };
    sum.requests += 1;
    sum.molecules += molecules;
    if (isError) sum.errors += 1;
    if (known) return;
    this.#sums.set(keyId, byEndpoint.set(endpoint, sum));
    this.#rows += 1;
    if (this.#rows >= maxRows) void this.flush();
  }

  /** Writes what there is; what cannot be written is kept for the next time. Never rejects. */
  flush(): Promise<void> {
    this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  /** Call when no more is recorded. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#flushing;
    await this.flush();
  }

  async #writeAll(): Promise<void> {
    this.#cut();
    await this.#writeUnwritten();
    // What was recorded while a batch of before was written again.
    if (this.#unwritten.length === 0) this.#cut();
    await this.#writeUnwritten();
  }

  async #writeUnwritten(): Promise<void> {
    for (let batch = this.#unwritten[0]; batch; batch = this.#unwritten[0]) {
      try {
        await this.#options.write(batch);
        this.#unwritten.shift();
      } catch (error) {
        const batches = this.#unwritten.length;
        this.#options.log.warn({ batches, reason: reasonOf(error) }, 'usage not written yet');
        return;
      }
    }
  }

  #cut(): void {
    if (this.#unwritten.length > 0) return;
    this.#endDay();
    const rows = this.#past;
    this.#past = [];
    this.#rows = 0;
    for (let start = 0; start < rows.length; start += maxRows) {
      this.#unwritten.push({ batchId: randomUUID(), rows: rows.slice(start, start + maxRows) });
    }
  }

  #endDay(): void {
    for (const byEndpoint of this.#sums.values()) this.#past.push(...byEndpoint.values());
    this.#sums = new Map();
  }

  #today(): string {
    const nowMs = this.#options.now?.() ?? Date.now();
    if (nowMs >= this.#day.until) {
      this.#endDay();
      const text = new Date(nowMs).toISOString().slice(0, 10);
      this.#day = { text, until: Date.parse(text) + 86_400_000 };
    }
    return this.#day.text;
  }
}
