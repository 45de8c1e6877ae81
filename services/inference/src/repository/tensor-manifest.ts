import { z } from 'zod';

export const fileName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be the name of a file in the folder of the manifest');

export const modelVersionText = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'must be a whole number in quotes, for instance "1"');

/**
 * The manifest of a model that is served as tensors alone. All of it may be left out, and so may the file: names,
 * types and shapes are read from the ONNX file.
 */
export const tensorManifestSchema = z.strictObject({
  task: z.literal('tensors'),
  name: z.string().optional(),
  version: modelVersionText.optional(),
  summary: z.string().default(''),
  files: z.strictObject({ model: fileName }).default({ model: 'model.onnx' }),
  /** Present: requests whose tensors differ in the first dimension alone are run together. */
  batching: z.strictObject({ maxRows: z.int().min(1).max(65_536) }).optional(),
  /** Names of the values of an output's last dimension, for the parameter `classification`. */
  labels: z.array(z.string().min(1)).default([]),
  /** Where it differs from the server's. */
  device: z.enum(['auto', 'cpu', 'cuda']).optional(),
  /** Equal requests are answered from memory. */
  cache: z.boolean().default(false),
  /** Whether NaN is a value that the model takes. */
  nan: z.enum(['accept', 'refuse']).default('accept'),
  license: z.string().default(''),
});

export type TensorManifest = Readonly<z.infer<typeof tensorManifestSchema>>;

export const emptyTensorManifest: TensorManifest = tensorManifestSchema.parse({ task: 'tensors' });

/** A model that is served as tensors alone, as it lies on disk. */
export interface TensorModel {
  readonly name: string;
  readonly version: string;
  /** Path of the ONNX file. */
  readonly file: string;
  readonly manifest: TensorManifest;
}
