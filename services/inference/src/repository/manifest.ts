import { parseDocument } from 'yaml';
import { z } from 'zod';
import { fileName, modelVersionText, type TensorManifest, tensorManifestSchema } from './tensor-manifest.ts';

/** Element types of the Open Inference Protocol that our models use. */
const datatypes = ['BOOL', 'UINT8', 'INT8', 'INT32', 'INT64', 'FP16', 'FP32', 'FP64'] as const;

const tensorSchema = z.strictObject({
  name: z.string().min(1),
  datatype: z.enum(datatypes),
  /** Rows first; -1 stands for any size. */
  shape: z.array(z.int().min(-1)).min(1),
});

const manifestSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower case words joined by hyphens'),
  version: modelVersionText,
  task: z.enum(['odour-notes', 'molecule-generation', 'enose-classification']),
  summary: z.string().min(1),
  /** Role to file name; `model` is the ONNX file. */
  files: z.record(z.string(), fileName).refine((files) => 'model' in files, {
    error: 'must name the ONNX file under "model"',
  }),
  inputs: z.array(tensorSchema).min(1),
  outputs: z.array(tensorSchema).min(1),
  /** Output classes, in order. */
  labels: z
    .array(z.string().min(1))
    .refine((labels) => new Set(labels).size === labels.length, { error: 'must not repeat a label' }),
  batching: z.strictObject({
    maxRows: z.int().min(1).max(65_536),
    /** Padded cells: rows × the longest of them. */
    maxCost: z.int().min(1),
  }),
  /** Numbers that the task needs; each task reads its own. */
  parameters: z.record(z.string(), z.unknown()),
  metrics: z.array(
    z.strictObject({ dataset: z.string().min(1), metric: z.string().min(1), value: z.number() }),
  ),
  license: z.string().min(1),
  data: z.array(z.string().min(1)),
  /** Names of what training was not shown, so that it can be judged on. */
  held_back: z.array(z.string()).optional(),
});

export type Manifest = Readonly<z.infer<typeof manifestSchema>>;
export type Tensor = Readonly<z.infer<typeof tensorSchema>>;
export type Task = Manifest['task'];

/** Something wrong with the model repository: which file, which field, what would be right. */
export interface RepositoryProblem {
  readonly file: string;
  readonly field: string;
  readonly detail: string;
}

export type ParsedManifest =
  | { readonly kind: 'ok'; readonly manifest: Manifest }
  | { readonly kind: 'tensors'; readonly manifest: TensorManifest }
  | { readonly kind: 'bad'; readonly problems: readonly RepositoryProblem[] };

/** Reads a manifest; `file` is how problems call it. */
export function parseManifest(text: string, file: string): ParsedManifest {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      file,
      field: `line ${error.linePos?.[0].line ?? 1}`,
      detail: `is not YAML: ${error.message.split('\n')[0] ?? ''}`,
    }));
    return { kind: 'bad', problems };
  }
  const value: unknown = document.toJS();
  if (isTensors(value)) {
    const parsed = tensorManifestSchema.safeParse(value);
    if (parsed.success) return { kind: 'tensors', manifest: parsed.data };
    return { kind: 'bad', problems: problemsOf(parsed.error, file) };
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return { kind: 'ok', manifest: parsed.data };
  return { kind: 'bad', problems: problemsOf(parsed.error, file) };
}

function isTensors(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'task' in value && value.task === 'tensors';
}

function problemsOf(error: z.ZodError, file: string): RepositoryProblem[] {
  return error.issues.map((issue) => ({
    file,
    field: issue.path.map(String).join('.') || '(document)',
    detail: issue.message,
  }));
}

/** One tensor that an ONNX file declares. */
export interface DeclaredTensor {
  readonly name: string;
  /** A datatype of the protocol, or what the file has in its place. */
  readonly datatype: string;
  /** -1 stands for any size; empty for a scalar, and where the file does not say. */
  readonly shape: readonly number[];
}

/** What an ONNX file declares. */
export interface Signature {
  readonly inputs: readonly DeclaredTensor[];
  readonly outputs: readonly DeclaredTensor[];
}

/** Where manifest and ONNX file disagree; empty when they agree. */
export function compareSignature(
  manifest: Manifest,
  signature: Signature,
  file: string,
): RepositoryProblem[] {
  return (['inputs', 'outputs'] as const).flatMap((side) => {
    const actual = new Map(signature[side].map(({ name, datatype }) => [name, datatype]));
    const declared = new Set(manifest[side].map(({ name }) => name));
    const wrong = manifest[side].flatMap(({ name, datatype }, index) => {
      const found = actual.get(name);
      if (found === datatype) return [];
      const detail =
        found === undefined
          ? `${name} is not in the ONNX file, which has ${[...actual.keys()].join(', ')}`
          : `${name} is ${found} in the ONNX file, not ${datatype}`;
      return [{ file, field: `${side}.${index}`, detail }];
    });
    // Outputs may be left unused; an input that nobody feeds makes every run fail.
    const missing =
      side === 'outputs'
        ? []
        : [...actual.keys()]
            .filter((name) => !declared.has(name))
            .map((name) => ({ file, field: side, detail: `the ONNX file also needs ${name}` }));
    return [...wrong, ...missing];
  });
}
