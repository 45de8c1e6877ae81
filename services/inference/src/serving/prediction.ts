import { AppError } from '@sillage/kit';
import type { BatchQueue } from '../engine/batch-queue.ts';
import type { ModelVersion } from '../repository/model-version.ts';
import type { ModelRequest } from '../repository/repository.ts';
import type { DescribedMolecule, RefusedMolecule } from '../threads/protocol.ts';
import type { Attribution } from './attribution.ts';
import type { RowOutputs } from './engines.ts';
import type { SimilarOdorant } from './odorant-index.ts';

export type OdourEngine = BatchQueue<DescribedMolecule['features'], RowOutputs>;

export interface PredictInput {
  readonly smiles: readonly string[];
  /** 0: five. */
  readonly topK: number;
  readonly include: PredictIncludes;
  /** Ordinary molecules are answered as they are written, without canonicalisation. */
  readonly asWritten?: boolean;
  /** Whether its molecules count among those asked for most, as their tenant agreed. */
  readonly isCounted?: boolean;
  readonly model: ModelRequest;
}

/** What is answered beyond the notes. */
export interface PredictIncludes {
  readonly embedding?: boolean;
  readonly svg?: boolean;
  /** How many neighbours of each molecule; 0: five. */
  readonly similar?: number | undefined;
  /** The note to explain; empty: the most probable one of each molecule. The drawing comes with it. */
  readonly attribution?: string | undefined;
}

export interface PredictedMolecule {
  readonly kind: 'ok';
  readonly smiles: string;
  /** Without stereo and isotopes: what the model sees. */
  readonly flat: string;
  readonly notes: readonly string[];
  readonly probabilities: readonly number[];
  readonly intensity: number | undefined;
  readonly pleasantness: number | undefined;
  readonly odorous: number | undefined;
  /** log10 of ppm by volume. */
  readonly detectionThreshold: number | undefined;
  readonly confidence: number | undefined;
  readonly embedding: Float32Array | undefined;
  /** Of every note, in the order of the model's labels. */
  readonly allProbabilities: Float32Array;
  readonly similar: readonly SimilarOdorant[];
  readonly attribution: Attribution | undefined;
  readonly svg: string;
  readonly warnings: DescribedMolecule['warnings'];
}

export type PredictedRow = PredictedMolecule | RefusedMolecule;

export interface Predicted {
  readonly model: ModelVersion;
  /** One per molecule, in the order of the request. */
  readonly rows: readonly PredictedRow[];
  /** Of the row that waited longest, milliseconds. */
  readonly queueMs: number;
  /** Of the slowest batch that held a row, milliseconds. */
  readonly inferenceMs: number;
}

/** A row on which the model itself failed. */
export const failedRow: RefusedMolecule = {
  kind: 'bad',
  code: 'model_failed',
  detail: 'the model failed on this molecule',
  hint: 'this is our fault: the other molecules are not affected',
  position: undefined,
};

/** A model that fails on a row fails that row; anything else (deadline, a caller who left) fails the request. */
export function rowError(reason: unknown): AppError {
  if (reason instanceof AppError && reason.code === 'model_failed') return reason;
  throw reason;
}
