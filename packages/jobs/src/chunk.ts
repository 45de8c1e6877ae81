import type { TraceCarrier } from '@sillage/kit';
import type { ChunkInput } from './storage/input-rows.ts';
import type { Job, JobState, JobSummary } from './types.ts';

/** Names one chunk. */
export interface ChunkKey {
  readonly jobId: string;
  readonly index: number;
}

/** A chunk in the hands of one worker; good as long as it is renewed. */
export interface Claim extends ChunkKey {
  readonly token: string;
  readonly job: Job;
  readonly trace: TraceCarrier;
  readonly firstRow: number;
  readonly rowCount: number;
  /** A predict chunk's molecules, or where they lie. */
  readonly input: ChunkInput | undefined;
  /** The rows of an earlier run, of which the failed ones are tried again. */
  readonly previous: string | undefined;
  /** Times it was claimed, this time included. */
  readonly claims: number;
  /** Attempts that failed before this one. */
  readonly failures: number;
}

/** One row of a chunk's result; `canonical` keeps it from being returned by another chunk of the job. */
export interface ResultRow {
  /** JSON without a line break. */
  readonly line: string;
  readonly isFailed?: boolean;
  readonly canonical?: string;
}

export interface ChunkResult {
  readonly rows: readonly ResultRow[];
  readonly summary: JobSummary;
  /**
   * Write fewer rows than the chunk was to have, with the reason why it has no more. Without it, molecules that other
   * chunks returned in the meantime are told instead, and nothing is written.
   */
  readonly acceptFewer?: string | undefined;
}

/** `lost`: the claim has gone (cancelled, or taken up by another worker) and nothing was written. */
export type FinishOutcome =
  | { readonly kind: 'written'; readonly rows: number; readonly state: JobState }
  | { readonly kind: 'taken'; readonly canonical: readonly string[] }
  | { readonly kind: 'lost' };
