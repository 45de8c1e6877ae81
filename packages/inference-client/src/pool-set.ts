import { randomUUID } from 'node:crypto';
import { AppError, currentRequest, type Log, type Metrics, reasonOf } from '@sillage/kit';
import {
  byShare,
  type ListedModel,
  modelFor,
  type Need,
  poolsServing,
  type Routable,
  withName,
} from './choose.ts';
import type { PoolTarget } from './targets.ts';

/** How often a pool is looked at, and how often it is asked for its models. */
const lookMs = 1000;
const listMs = 10_000;
/** A model that no list has is looked for at once, but not more often than this. */
const urgentListMs = 1000;
const connectMs = 1000;
const retryAfterS = 5;

export interface PoolSetOptions<C> {
  readonly targets: readonly PoolTarget[];
  readonly connect: (target: string) => C;
  readonly connected: (client: C, timeoutMs: number) => Promise<void>;
  readonly close: (client: C) => void;
  /** What a pool serves, asked of one of its pods. */
  readonly list: (client: C) => Promise<readonly ListedModel[]>;
  /** The error of a request for what no pool serves. */
  readonly missing: (need: Need, pools: readonly Routable[]) => AppError;
  readonly log: Log;
  /** Absent: nothing is counted. */
  readonly metrics?: Metrics;
}

export interface Pool<C> extends Routable {
  readonly target: string;
  readonly client: C;
  /** Undefined: not looked at yet. */
  isThere: boolean | undefined;
  models: readonly ListedModel[];
  listedMs: number;
  looking: Promise<void> | undefined;
}

/**
 * Pools behind one face: keeps an eye on which are there and what they serve, and sends each request to one that serves
 * it. With one pool everything goes there, known or not.
 */
export class PoolSet<C> {
  readonly #options: PoolSetOptions<C>;
  readonly #pools: readonly Pool<C>[];
  readonly #timer: NodeJS.Timeout;

  constructor(options: PoolSetOptions<C>) {
    this.#options = options;
    this.#pools = options.targets.map(({ name, target, weight }) => ({
      ...{ name, target, weight, client: options.connect(target) },
      ...{ isThere: undefined, models: [], listedMs: Number.NEGATIVE_INFINITY, looking: undefined },
    }));
    for (const { name } of this.#pools) {
      options.metrics?.gauge('olfactory_pool_requests_in_flight').set({ pool: name }, 0);
      for (const reason of ['overloaded', 'unavailable']) {
        options.metrics?.counter('olfactory_pool_refused_total').inc({ pool: name, reason }, 0);
      }
    }
    this.#timer = setInterval(() => void this.look(), lookMs);
    this.#timer.unref();
    void this.look();
  }

  get pools(): readonly Pool<C>[] {
    return this.#pools;
  }

  /** Looks at every pool now: whether it can be reached and, where its list is old, what it serves. */
  async look(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => this.#look(pool)));
  }

  /**
   * Resolves where a pool is there, with how each of several is, and rejects as `unavailable` where none is.
   */
  async check(): Promise<string | undefined> {
    await this.look();
    if (!this.#pools.some(({ isThere }) => isThere)) throw away('inference');
    if (this.#pools.length === 1) return undefined;
    return this.#pools.map(({ name, isThere }) => `${name} is ${isThere ? 'there' : 'away'}`).join(', ');
  }

  /** The model that would answer at the moment; undefined where none is known. */
  expected(need: Need, key: string): ListedModel | undefined {
    const [pool] = byShare(this.#there(poolsServing(this.#pools, need)), key);
    return pool && modelFor(pool, withName(this.#pools, need));
  }

  /** Asks every pool for its models now. @throws AppError unavailable when none answers. */
  async relist(): Promise<void> {
    const ends = await Promise.allSettled(this.#pools.map((pool) => this.#list(pool)));
    const first = ends.find((end) => end.status === 'rejected');
    if (first && ends.every(({ status }) => status === 'rejected')) throw first.reason;
  }

  /** What a pool serves turned out to be other than its list says: the list is made anew. */
  doubt(pool: Pool<C>): void {
    if (performance.now() - pool.listedMs < urgentListMs) return;
    pool.listedMs = Number.NEGATIVE_INFINITY;
    void this.#look(pool);
  }

  /**
   * Sends a request to the pool that is to answer it; where that is away, to another that serves the same. `key`: what
   * always goes to the same pool; absent, the id of the request in hand. @throws AppError; `unavailable` with a time
   * after which to try again when every pool that serves it is away.
   */
  async run<T>(
    need: Need | undefined,
    key: string | undefined,
    call: (client: C, pool: Pool<C>) => Promise<T>,
  ): Promise<T> {
    const pools = await this.candidates(need, key);
    for (const [index, pool] of pools.entries()) {
      try {
        return await this.counted(pool, () => call(pool.client, pool));
      } catch (error) {
        if (!this.mayGoOn(error, pool) || index === pools.length - 1) throw error;
      }
    }
    throw away('inference');
  }

  /** The pools to ask, the best first; never none. @throws as `run`. */
  async candidates(need: Need | undefined, key: string | undefined): Promise<readonly Pool<C>[]> {
    if (this.#pools.length === 1) return this.#pools;
    if (this.#pools.some(({ isThere }) => isThere === undefined)) await this.look();
    const serving = need === undefined ? this.#pools : await this.#serving(need);
    const there = this.#there(serving);
    if (there.length === 0) throw away(need?.names[0] ?? need?.task ?? 'inference');
    return byShare(there, key ?? currentRequest()?.requestId ?? randomUUID());
  }

  /** Whether another pool may be asked after this failure: this one has not been reached, or cannot serve. */
  mayGoOn(error: unknown, pool: Pool<C>): boolean {
    if (!(error instanceof AppError) || error.code !== 'unavailable') return false;
    void this.#look(pool);
    return true;
  }

  /** Counts a call as one in flight to the pool, and what the pool refuses. */
  async counted<T>(pool: Pool<C>, work: () => Promise<T>): Promise<T> {
    const done = this.begin(pool);
    try {
      return await work();
    } catch (error) {
      this.refused(pool, error);
      throw error;
    } finally {
      done();
    }
  }

  /** A call has begun; what is returned ends it. */
  begin(pool: Pool<C>): () => void {
    const gauge = this.#options.metrics?.gauge('olfactory_pool_requests_in_flight');
    gauge?.inc({ pool: pool.name });
    return () => gauge?.dec({ pool: pool.name });
  }

  /** A call failed; counted where it is for want of capacity. */
  refused(pool: Routable, error: unknown): void {
    if (!(error instanceof AppError)) return;
    const { code } = error;
    if (code !== 'overloaded' && code !== 'unavailable') return;
    this.#options.metrics?.counter('olfactory_pool_refused_total').inc({ pool: pool.name, reason: code });
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { client } of this.#pools) this.#options.close(client);
  }

  #there<P extends { readonly isThere: boolean | undefined }>(pools: readonly P[]): readonly P[] {
    return pools.filter(({ isThere }) => isThere !== false);
  }

  async #serving(need: Need): Promise<readonly Pool<C>[]> {
    const known = poolsServing(this.#pools, need);
    if (known.length > 0) return known;
    const isOld = (pool: Pool<C>) => performance.now() - pool.listedMs > urgentListMs;
    await Promise.allSettled(this.#pools.filter(isOld).map((pool) => this.#list(pool)));
    const found = poolsServing(this.#pools, need);
    if (found.length > 0) return found;
    // A pool that never told what it serves may be the one.
    if (this.#pools.some(({ models }) => models.length === 0)) throw away(need.names[0] ?? need.task ?? '');
    throw this.#options.missing(need, this.#pools);
  }

  #look(pool: Pool<C>): Promise<void> {
    pool.looking ??= this.#lookOnce(pool).finally(() => {
      pool.looking = undefined;
    });
    return pool.looking;
  }

  async #lookOnce(pool: Pool<C>): Promise<void> {
    const { log, connected } = this.#options;
    const was = pool.isThere;
    pool.isThere = await connected(pool.client, connectMs).then(
      () => true,
      () => false,
    );
    if (was !== undefined && was !== pool.isThere) {
      log.info({ pool: pool.name }, pool.isThere ? 'pool is back' : 'pool is away');
    }
    if (!pool.isThere || performance.now() - pool.listedMs < listMs) return;
    await this.#list(pool).catch((error: unknown) => {
      log.debug({ pool: pool.name, reason: reasonOf(error) }, 'models not listed');
    });
  }

  async #list(pool: Pool<C>): Promise<void> {
    pool.models = await this.#options.list(pool.client);
    pool.listedMs = performance.now();
  }
}

function away(what: string): AppError {
  return new AppError(
    'unavailable',
    what === 'inference'
      ? 'inference is not reachable at the moment; try again shortly'
      : `the servers of ${what} are not reachable at the moment; try again shortly`,
    { retryAfterS, extra: { dependency: 'inference' } },
  );
}
