import { type HitRate, type Log, reasonOf } from '@sillage/kit';
import type { CacheTier, TierEntry } from './tier.ts';

export interface GuardOptions {
  readonly tier: CacheTier;
  readonly log: Log;
  readonly hitRate: HitRate;
  /** A look-up that takes longer than this is no gain any more, milliseconds. */
  readonly lookUpTimeoutMs?: number;
  readonly workTimeoutMs?: number;
  /** How long a tier is left alone after a failure, milliseconds. */
  readonly pauseMs?: number;
  readonly onFailure?: (direction: Direction) => void;
}

type Direction = 'read' | 'write';

/**
 * A tier that is never in the way: what it cannot do in time it has not done, nothing rejects, and after a failure it
 * is skipped for a while and then tried again. Reading and writing fail apart: a full store is read on.
 */
export class GuardedTier {
  readonly name: CacheTier['name'];
  readonly hitRate: HitRate;
  readonly #tier: CacheTier;
  readonly #options: GuardOptions;
  readonly #pausedUntilMs = { read: 0, write: 0 };
  readonly #isDown = { read: false, write: false };

  constructor(options: GuardOptions) {
    this.name = options.tier.name;
    this.hitRate = options.hitRate;
    this.#tier = options.tier;
    this.#options = options;
  }

  /** One for each key; undefined where there is none, and for all while the tier does not answer. */
  async get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const timeoutMs = this.#options.lookUpTimeoutMs ?? 250;
    const found = await this.#attempt('read', timeoutMs, () => this.#tier.get(keys));
    for (let index = 0; index < keys.length; index += 1) this.hitRate.record(found?.[index] !== undefined);
    return found ?? keys.map(() => undefined);
  }

  async set(entries: readonly TierEntry[]): Promise<void> {
    await this.#attempt('write', this.#workTimeoutMs, () => this.#tier.set(entries));
  }

  async count(asked: ReadonlyMap<string, number>): Promise<void> {
    await this.#attempt('write', this.#workTimeoutMs, () => this.#tier.count(asked));
  }

  async mostAsked(limit: number): Promise<readonly string[]> {
    return (await this.#attempt('read', this.#workTimeoutMs, () => this.#tier.mostAsked(limit))) ?? [];
  }

  async clean(): Promise<void> {
    await this.#attempt('write', this.#workTimeoutMs, () => this.#tier.clean());
  }

  async close(): Promise<void> {
    await this.#tier.close().catch(() => {});
  }

  get #workTimeoutMs(): number {
    return this.#options.workTimeoutMs ?? 5000;
  }

  /** Undefined: not done. */
  async #attempt<T>(direction: Direction, timeoutMs: number, work: () => Promise<T>): Promise<T | undefined> {
    if (performance.now() < this.#pausedUntilMs[direction]) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      const result = await Promise.race([work(), late]);
      if (this.#isDown[direction]) {
        this.#isDown[direction] = false;
        this.#options.log.info({ tier: this.name, direction }, 'a cache tier is back');
      }
      return result;
    } catch (error) {
      this.#pausedUntilMs[direction] = performance.now() + (this.#options.pauseMs ?? 1000);
      this.#options.onFailure?.(direction);
      if (!this.#isDown[direction]) {
        this.#isDown[direction] = true;
        this.#options.log.warn(
          { tier: this.name, direction, reason: reasonOf(error) },
          'a cache tier is skipped',
        );
      }
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}
