import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Denoise, DitModel } from './dit-sampler.ts';
import type { GeneratorModel, Step } from './sampler.ts';
import { Selfies } from './selfies.ts';

/** What both methods have. */
const shared = {
  /** Defaults of a request, as `SampleOptions` and `DitOptions` say. */
  temperature: z.number().positive(),
  minProbability: z.number().min(0).max(1),
  guidance: z.number().min(0),
  batch: z.int().positive(),
  padToken: z.int().min(0),
  /** How often each note occurs among known odorants, in the order of the manifest's labels. */
  baseRates: z.array(z.number().gt(0).lt(1)),
};

/** Writes SMILES token by token: sampler.ts. */
export const recurrentParametersSchema = z.object({
  ...shared,
  method: z.literal('recurrent'),
  maxTokens: z.int().positive(),
  /** Sizes of the state and of the input gates. */
  hidden: z.int().positive(),
  gates: z.int().positive(),
  startToken: z.int().min(0),
  endToken: z.int().min(0),
});

/** Uncovers SELFIES in any order: dit-sampler.ts. */
export const diffusionParametersSchema = z.object({
  ...shared,
  method: z.literal('diffusion'),
  steps: z.int().positive(),
  orderNoise: z.number().min(0),
  window: z.int().positive(),
  /** Size of the condition. */
  width: z.int().positive(),
  maxLength: z.int().positive(),
  maskToken: z.int().min(0),
});

/** `parameters` in the manifest of a molecule-generation model. */
export const generatorParametersSchema = z.discriminatedUnion('method', [
  recurrentParametersSchema,
  diffusionParametersSchema,
]);

export type RecurrentParameters = z.infer<typeof recurrentParametersSchema>;
export type DiffusionParameters = z.infer<typeof diffusionParametersSchema>;
export type GeneratorParameters = z.infer<typeof generatorParametersSchema>;

/** What stands in the folder of a generator beside the ONNX file. */
export interface GeneratorFiles<P> {
  readonly labels: readonly string[];
  readonly parameters: P;
  /** tokens.json */
  readonly tokens: Uint8Array;
  /** condition.f32: little-endian FP32 [labels, gates or width] */
  readonly condition: Uint8Array;
}

/** Puts the sampler's model together. Throws an Error that names the file whose content does not fit the manifest. */
export function readGenerator(files: GeneratorFiles<RecurrentParameters>, step: Step): GeneratorModel {
  const { labels, parameters } = files;
  const { hidden, gates, padToken, startToken, endToken } = parameters;
  checkBaseRates(files);
  const tokens = readTokens(files.tokens, [padToken, startToken, endToken]);
  const condition = readTable('condition.f32', files.condition, labels.length * gates);
  return { step, tokens, condition, hidden, gates, padToken, startToken, endToken };
}

/** The same for a diffusion model; `lengths` is lengths.f32: little-endian FP32 [1 + labels, maxLength]. */
export function readDiffusion(
  files: GeneratorFiles<DiffusionParameters> & { readonly lengths: Uint8Array },
  denoise: Denoise,
): DitModel {
  const { labels, parameters } = files;
  const { width, maxLength, padToken, maskToken } = parameters;
  checkBaseRates(files);
  const tokens = readTokens(files.tokens, [padToken, maskToken]);
  return {
    denoise,
    tokens,
    selfies: new Selfies(tokens, Math.max(padToken, maskToken) + 1),
    condition: readTable('condition.f32', files.condition, labels.length * width),
    width,
    lengths: readTable('lengths.f32', files.lengths, (1 + labels.length) * maxLength),
    maxLength,
    padToken,
    maskToken,
  };
}

function checkBaseRates({ labels, parameters }: GeneratorFiles<GeneratorParameters>): void {
  if (parameters.baseRates.length !== labels.length) {
    throw new Error(`the manifest has ${parameters.baseRates.length} base rates for ${labels.length} labels`);
  }
}

function readTokens(bytes: Uint8Array, named: readonly number[]): string[] {
  const tokens = z.array(z.string().min(1)).parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  if (Math.max(...named) >= tokens.length) {
    throw new Error(`tokens.json has ${tokens.length} tokens: too few for those the manifest names`);
  }
  return tokens;
}

function readTable(name: string, bytes: Uint8Array, values: number): Float32Array {
  if (bytes.byteLength !== values * 4)
    throw new Error(`${name} has ${bytes.byteLength} bytes, not ${values * 4}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: values }, (_, index) => view.getFloat32(index * 4, true));
}

/** The molecules of known.txt.gz: canonical SMILES without stereo, one a line. What is not among them is novel. */
export function readKnownMolecules(compressed: Uint8Array): ReadonlySet<string> {
  return new Set(gunzipSync(compressed).toString('utf8').split('\n').filter(Boolean));
}
