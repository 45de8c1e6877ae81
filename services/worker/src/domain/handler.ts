import type { ChunkResult, Claim, FinishOutcome, InputRow } from '@sillage/jobs';

/** What a handler gets to work on a chunk with. */
export interface ChunkWork {
  readonly claim: Claim;
  /** Rows so far; told to whoever watches the job. */
  onProgress: (rows: number) => void;
  /** Writes the chunk's rows, all or nothing. */
  finish: (result: ChunkResult) => Promise<FinishOutcome>;
  /** The molecules of a predict chunk. */
  input: () => Promise<readonly InputRow[]>;
  /** The lines of an earlier run, of which the failed ones are to be tried again; undefined on the first. */
  previous: () => Promise<readonly string[] | undefined>;
  /** Canonical SMILES this job has returned so far. */
  molecules: () => Promise<readonly string[]>;
  /** Aborts when the chunk was cancelled, is in other hands, or the worker stops. */
  readonly signal: AbortSignal;
}

export interface ChunkDone {
  readonly rows: number;
  readonly outcome: FinishOutcome['kind'];
}

/** Works on a chunk of one kind of job; throws AppError. */
export type ChunkHandler = (work: ChunkWork) => Promise<ChunkDone>;
