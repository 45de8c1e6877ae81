import type { Fingerprint, SafetyFlag, SafetyVerdict, Scaffold, ScaffoldFault } from '@sillage/chem';
import type { ErrorCode } from '@sillage/kit/errors';
import type { RawTensor } from '@sillage/tensors';
import type { Agreement, Judged } from '../domain/evaluation/metrics.ts';
import type { Constraints, Rejection } from '../domain/generation/constraints.ts';
import type { Lane } from '../domain/generation/sampler.ts';
import type { OdorantVectors } from '../domain/prediction/known-odorants.ts';
import type { Neighbour } from '../domain/prediction/nearest.ts';
import type { Colour } from '../domain/prediction/occlusion.ts';
import type { Signature } from '../repository/manifest.ts';
import type { ModelVersion } from '../repository/model-version.ts';
import type { PackedFeatures, PackedRows } from './packed-features.ts';

/** What every thread is started with. */
export interface ThreadSetup {
  readonly models: readonly ModelVersion[];
  readonly device: Device;
  /** Threads that ONNX Runtime may use inside one run. */
  readonly intraOpThreads: number;
  /** Table of `FragmentScores`, one for all threads. */
  readonly fragmentScores: SharedArrayBuffer;
}

export type Device = 'auto' | 'cpu' | 'cuda';

/** A molecule ready for the odour model. */
export interface DescribedMolecule {
  readonly kind: 'ok';
  readonly canonical: string;
  /** Without stereo and isotopes: what the model sees. */
  readonly flat: string;
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
  readonly svg: string;
  readonly features: PackedFeatures;
}

/** Why a molecule could not be read. */
export interface RefusedMolecule {
  readonly kind: 'bad';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly hint: string;
  readonly position: number | undefined;
}

export type DescribedRow = DescribedMolecule | RefusedMolecule;

/** Described molecules as they leave a thread, in columns; see described-rows.ts. */
export interface DescribedColumns {
  /** Of every molecule asked for; empty for one that was refused. */
  readonly canonical: readonly string[];
  readonly flat: readonly string[];
  /** What few molecules have, by their place. */
  readonly warnings: ReadonlyMap<number, DescribedMolecule['warnings']>;
  readonly svgs: ReadonlyMap<number, string>;
  readonly refused: ReadonlyMap<number, RefusedMolecule>;
  /** Of those that were not refused. */
  readonly features: PackedRows;
}

/** Outputs of a run by name: rows × width values, row after row. */
export interface RunOutputs {
  readonly rows: number;
  readonly outputs: Readonly<Record<string, Float32Array>>;
  readonly inferenceMs: number;
}

export interface GenerationOptions {
  readonly seed: number;
  /** Most samples that may be asked for, of all lanes together. */
  readonly maxSamples: number;
  /** Which of the samples this thread draws. */
  readonly lane: Lane;
  /** Note to weight, -1 to 1, of the generator's notes; empty: unconditioned. */
  readonly weights: ReadonlyMap<string, number>;
  /** Canonical SMILES without stereo that are left out, and what their leaving out is counted as. */
  readonly leftOut: ReadonlyMap<string, Rejection>;
  readonly constraints: Constraints;
  /** The scaffold of the constraints, read. */
  readonly scaffold: Scaffold | undefined;
  /** False: nothing is computed of a molecule but what the rules need. */
  readonly isScored: boolean;
}

/** A valid molecule and what the rules on structure say of it. */
export interface DrawnMolecule {
  /** Number of its sample. */
  readonly row: number;
  /** Canonical SMILES without stereo. */
  readonly canonical: string;
  readonly novel: boolean;
  /** The first rule that turned it away. */
  readonly rejection?: Rejection;
  /** There when it was not turned away and will be scored. */
  readonly details?: CandidateDetails;
}

/** What is known of a molecule that waits for its odour score. */
export interface CandidateDetails extends MoleculeDetails {
  readonly fingerprint: Fingerprint;
  readonly features: PackedFeatures;
}

export interface GenerationChunk {
  readonly sampled: number;
  readonly valid: number;
  /** Those of the valid ones that this lane had not drawn before, in the order in which they were drawn. */
  readonly molecules: readonly DrawnMolecule[];
  /** No further samples will come. */
  readonly isLast: boolean;
}

export interface MoleculeDetails {
  /** g/mol */
  readonly molecularWeight: number;
  readonly logP: number;
  /** square ångström */
  readonly tpsa: number;
  /** 1 (easy) to 10 */
  readonly syntheticAccessibility: number;
  /** To the reference of the constraints, 0-1; undefined without one. */
  readonly similarity: number | undefined;
  readonly safetyScore: number;
  readonly safetyFlags: readonly SafetyFlag[];
}

/** Which session a run of tensors is for. */
export interface TensorSession {
  /** `name/version` */
  readonly key: string;
  /** Another generation of a key is another file in its place. */
  readonly generation: number;
  /** Path of the ONNX file; undefined: the model of the fleet's own with this key. */
  readonly file: string | undefined;
  /** Where it differs from the server's. */
  readonly device?: Device | undefined;
}

export interface TensorRun {
  readonly session: TensorSession;
  readonly inputs: readonly RawTensor[];
  /** Outputs to fetch. */
  readonly outputs: readonly string[];
}

export interface TensorOutputs {
  readonly outputs: readonly RawTensor[];
  /** Making ONNX Runtime's tensors of the bytes, running, making bytes of the outputs; milliseconds. */
  readonly inputMs: number;
  readonly inferenceMs: number;
  readonly outputMs: number;
}

/** An output whose buffers go to the other side instead of copies of them. */
export interface Moved<T> {
  readonly moved: T;
  readonly transfer: readonly ArrayBuffer[];
}

export interface DescribeInput {
  readonly model: string;
  readonly smiles: readonly string[];
  readonly svg: boolean;
  /** Ordinary molecules keep the spelling in which they come: `canonical` and `flat` are what was sent. */
  readonly asWritten: boolean;
}

/** What is known of a molecule without a model. */
export interface MoleculeRow {
  readonly kind: 'ok';
  readonly canonical: string;
  readonly warnings: DescribedMolecule['warnings'];
  readonly properties: MoleculeProperties | undefined;
  readonly safety: SafetyVerdict | undefined;
}

export interface MoleculeProperties {
  readonly formula: string;
  /** g/mol */
  readonly molecularWeight: number;
  readonly logP: number;
  /** square ångström */
  readonly tpsa: number;
  /** 1 (easy) to 10 */
  readonly syntheticAccessibility: number;
  readonly hydrogenBondDonors: number;
  readonly hydrogenBondAcceptors: number;
  readonly rotatableBonds: number;
  readonly rings: number;
  readonly heavyAtoms: number;
}

/** What a thread can be asked to do: kind to input and output. All of it survives structured clone. */
export interface Tasks {
  /** Opens a model and says what its file declares. */
  load: {
    input: { readonly model: string };
    output: { signature: Signature; device: Exclude<Device, 'auto'> };
  };
  /** Opens an ONNX file that is served as tensors; rejects with invalid_input and ONNX Runtime's reason. */
  'open-tensors': { input: TensorSession; output: null };
  /** Closes what a thread has open of it. */
  'forget-tensors': { input: TensorSession; output: null };
  tensors: { input: TensorRun; output: Moved<TensorOutputs> };
  describe: {
    input: DescribeInput;
    output: DescribedColumns;
  };
  odour: {
    input: { readonly model: string; readonly rows: PackedRows };
    output: RunOutputs;
  };
  enose: {
    input: { readonly model: string; readonly rows: readonly Float32Array[] };
    output: RunOutputs;
  };
  /** Neighbours of each query among the rows of an index, nearest first. */
  nearest: {
    input: {
      readonly vectors: OdorantVectors;
      readonly queries: readonly Float32Array[];
      readonly count: number;
      /** Rows to look at: those whose value is not 0. Absent: all. */
      readonly allowed?: Uint8Array | undefined;
    };
    output: readonly (readonly Neighbour[])[];
  };
  'hide-atoms': {
    input: { readonly model: string; readonly smiles: string };
    output: readonly PackedFeatures[];
  };
  draw: {
    input: { readonly smiles: string; readonly colours: readonly (Colour | undefined)[] };
    output: string;
  };
  agreements: { input: Judged; output: { readonly notes: readonly Agreement[]; readonly pooled: Agreement } };
  /** Properties and safety, each where it is asked for. */
  details: {
    input: { readonly smiles: readonly string[]; readonly properties: boolean; readonly safety: boolean };
    output: readonly (MoleculeRow | RefusedMolecule)[];
  };
  molblocks: { input: { readonly smiles: readonly string[] }; output: readonly string[] };
  /** Reads the structures that constraints name; an empty text is left unread. */
  'read-structures': {
    input: { readonly scaffold: string; readonly reference: string };
    output: { scaffold: Scaffold | ScaffoldFault | undefined; reference: RefusedMolecule | undefined };
  };
  'generate-open': {
    input: {
      readonly id: string;
      readonly model: string;
      readonly odourModel: string;
      readonly options: GenerationOptions;
    };
    output: null;
  };
  /** Draws about this many further samples. */
  'generate-next': { input: { readonly id: string; readonly samples: number }; output: GenerationChunk };
  'generate-close': { input: { readonly id: string }; output: null };
}

export type TaskKind = keyof Tasks;
export type InputOf<K extends TaskKind> = Tasks[K]['input'];
export type OutputOf<K extends TaskKind> = Tasks[K]['output'];

export interface TaskMessage {
  readonly id: number;
  readonly kind: TaskKind;
  readonly input: unknown;
}

/** What a thread is sent. It ends as soon as it reads `end`, which it does between two runs of a model. */
export type ThreadCall = TaskMessage | { readonly kind: 'end' };

/** An error as it crosses threads: class instances lose their kind there. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly internal: string;
}

export type ThreadMessage =
  | { readonly kind: 'ready' }
  /** `workMs`: from when the thread took it up. */
  | { readonly kind: 'done'; readonly id: number; readonly output: unknown; readonly workMs: number }
  | { readonly kind: 'failed'; readonly id: number; readonly error: WireError };
