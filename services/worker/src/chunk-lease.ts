import { type ChunkStore, type Claim, type JobEvents, renewalsOfLease } from '@sillage/jobs';
import { type Log, reasonOf } from '@sillage/kit';

/** Why a chunk is let go before it is done. */
export type LetGo = 'lost' | 'stopping';

/** From a change of the job to the look whether this chunk is still wanted. */
const doubtMs = 200;

/** Keeps a claim alive while its chunk is worked on, and notices when it has gone. */
export class ChunkLease {
  readonly #store: ChunkStore;
  readonly #claim: Claim;
  readonly #log: Log;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;
  readonly #leaseMs: number;
  #goodUntilMs: number;
  #isRenewing = false;
  #doubt: NodeJS.Timeout | undefined;
  #progress = 0;
  #reason: LetGo | undefined;

  constructor(options: {
    store: ChunkStore;
    claim: Claim;
    events: JobEvents;
    log: Log;
    leaseMs: number;
  }) {
    this.#store = options.store;
    this.#claim = options.claim;
    this.#log = options.log;
    this.#leaseMs = options.leaseMs;
    this.#goodUntilMs = Date.now() + options.leaseMs;
    this.#timer = setInterval(() => void this.#renew(), options.leaseMs / renewalsOfLease);
    // A cancelled job is told about at once; a renewal soon after finds out whether it was this one's end. What is
    // done by then needs none, and many changes of the job cost one.
    this.#unsubscribe = options.events.subscribe(options.claim.jobId, () => {
      this.#doubt ??= setTimeout(() => {
        this.#doubt = undefined;
        void this.#renew();
      }, doubtMs);
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Set when the chunk is to be let go. */
  get reason(): LetGo | undefined {
    return this.#reason;
  }

  setProgress(rows: number): void {
    this.#progress = rows;
  }

  letGo(reason: LetGo): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#controller.abort(new DOMException(`the chunk is let go: ${reason}`, 'AbortError'));
  }

  end(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#doubt);
    this.#unsubscribe();
  }

  async #renew(): Promise<void> {
    if (this.#isRenewing || this.#reason) return;
    this.#isRenewing = true;
    try {
      const asked = Date.now();
      if (await this.#store.renew(this.#claim, this.#progress)) this.#goodUntilMs = asked + this.#leaseMs;
      else this.letGo('lost');
    } catch (error) {
      // Postgres is away. Past the lease somebody else may have the chunk: going on would be work for nothing.
      const reason = reasonOf(error);
      this.#log.debug({ jobId: this.#claim.jobId, chunk: this.#claim.index, reason }, 'claim not renewed');
      if (Date.now() > this.#goodUntilMs) this.letGo('lost');
    } finally {
      this.#isRenewing = false;
    }
  }
}
