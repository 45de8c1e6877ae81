/** What a slower tier keeps: bytes under a key that tells nothing of the molecule. */
export interface TierEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A store behind the memory of this process. It may fail at any call; `GuardedTier` stands before it. */
export interface CacheTier {
  readonly name: 'redis' | 'disk';
  /** One for each key, in its order; undefined where there is none. */
  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  set(entries: readonly TierEntry[]): Promise<void>;
  /** Adds to how often each key was asked for; keys that are not kept may be left out. */
  count(asked: ReadonlyMap<string, number>): Promise<void>;
  /** Keys asked for most, most first. */
  mostAsked(limit: number): Promise<readonly string[]>;
  /** Removes what is too old, and what was not used for longest where there is too much. */
  clean(): Promise<void>;
  close(): Promise<void>;
}
