import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { GeneratorModel, Step } from './sampler.ts';

/** `parameters` in the manifest of a molecule-generation model. */
export const generatorParametersSchema = z.object({
  /** Defaults of a request, as `SampleOptions` says. */
  temperature: z.number().positive(),
  minProbability: z.number().min(0).max(1),
  guidance: z.number().min(0),
  maxTokens: z.int().positive(),
  batch: z.int().positive(),
  /** Sizes of the state and of the input gates. */
  hidden: z.int().positive(),
  gates: z.int().positive(),
  padToken: z.int().min(0),
  startToken: z.int().min(0),
  endToken: z.int().min(0),
  /** How often each note occurs among known odorants, in the order of the manifest's labels. */
  baseRates: z.array(z.number().gt(0).lt(1)),
});

export type GeneratorParameters = z.infer<typeof generatorParametersSchema>;

/** What stands in the folder of a generator beside the ONNX file. */
export interface GeneratorFiles {
  readonly labels: readonly string[];
  readonly parameters: GeneratorParameters;
  /** tokens.json */
  readonly tokens: Uint8Array;
  /** condition.f32: little-endian FP32 [labels, gates] */
  readonly condition: Uint8Array;
}

/** Puts the sampler's model together. Throws an Error that names the file whose content does not fit the manifest. */
export function readGenerator(files: GeneratorFiles, step: Step): GeneratorModel {
  const { labels, parameters } = files;
  const tokens = z.array(z.string().min(1)).parse(JSON.parse(Buffer.from(files.tokens).toString('utf8')));
  const { hidden, gates, padToken, startToken, endToken } = parameters;
  if (Math.max(padToken, startToken, endToken) >= tokens.length) {
    throw new Error(`tokens.json has ${tokens.length} tokens: too few for those the manifest names`);
  }
  const values = labels.length * gates;
  if (files.condition.byteLength !== values * 4) {
    throw new Error(`condition.f32 has ${files.condition.byteLength} bytes, not ${values * 4}`);
  }
  if (parameters.baseRates.length !== labels.length) {
    throw new Error(`the manifest has ${parameters.baseRates.length} base rates for ${labels.length} labels`);
  }
  const view = new DataView(files.condition.buffer, files.condition.byteOffset, files.condition.byteLength);
  const condition = Float32Array.from({ length: values }, (_, index) => view.getFloat32(index * 4, true));
  return { step, tokens, condition, hidden, gates, padToken, startToken, endToken };
}

/** The molecules of known.txt.gz: canonical SMILES without stereo, one a line. What is not among them is novel. */
export function readKnownMolecules(compressed: Uint8Array): ReadonlySet<string> {
  return new Set(gunzipSync(compressed).toString('utf8').split('\n').filter(Boolean));
}
