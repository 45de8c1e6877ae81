/** Bytes of one object, counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/**
 * Where inputs and results of jobs lie: a folder or a bucket. An object is written whole and never changed; keys are
 * made by us (`jobs/{id}/…`). Every method rejects with `unavailable` while the storage cannot be reached.
 */
export interface ObjectStore {
  /** Resolves when the object is safe: a crash afterwards does not lose it. The same key again overwrites. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** The object or a range of it; undefined when there is no such object. */
  get(key: string, range?: ByteRange): Promise<Buffer | undefined>;
  /** Removes every object whose key begins with the prefix; none is not an error. */
  removeAll(prefix: string): Promise<void>;
  /** Resolves when the storage can be written to. */
  check(): Promise<void>;
  close(): void;
}

/** Keys of one job's objects; all of them go with the prefix. */
export const jobKeys = {
  all: (jobId: string) => `jobs/${jobId}/`,
  input: (jobId: string, segment: number) => `jobs/${jobId}/input/${segment}`,
  /** The token is that of the attempt, so that a late one never overwrites what another has written. */
  rows: (jobId: string, index: number, token: string) => `jobs/${jobId}/rows/${index}-${token}.ndjson.gz`,
  file: (jobId: string, build: string, segment: number) => `jobs/${jobId}/files/${build}/${segment}`,
} as const;
