import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from '@jest/globals';
import * as ort from 'onnxruntime-node';
import { parse } from 'yaml';
import { z } from 'zod';
import { type DitModel, sampleDiffusion, weightedSum } from './dit-sampler.ts';
import { diffusionParametersSchema, readDiffusion } from './generator-files.ts';

// The shipped model against what Python recorded: logits within the stated tolerance, samples letter for letter.
const folder = new URL('../../../../../models/generator-dit/1/', import.meta.url);
const read = (name: string) => readFile(new URL(name, folder));

const weights = z.record(z.string(), z.number());
const goldenSchema = z.object({
  tolerance: z.number(),
  denoise: z.object({
    tokens: z.array(z.array(z.int())),
    lengths: z.array(z.int()),
    notes: z.array(z.string()),
    logits: z.array(z.array(z.array(z.number()))),
  }),
  readings: z.array(z.object({ tokens: z.array(z.int()), smiles: z.string() })),
  traces: z.array(
    z.object({
      seed: z.number(),
      count: z.int(),
      batch: z.int(),
      steps: z.int(),
      temperature: z.number(),
      guidance: z.number(),
      wanted: weights,
      excluded: weights,
      samples: z.array(z.object({ row: z.int(), smiles: z.string(), complete: z.boolean() })),
    }),
  ),
});
const manifestSchema = z.object({ labels: z.array(z.string()), parameters: diffusionParametersSchema });

let model: DitModel;
let golden: z.infer<typeof goldenSchema>;
let manifest: z.infer<typeof manifestSchema>;

beforeAll(async () => {
  golden = goldenSchema.parse(JSON.parse((await read('golden.json')).toString()));
  manifest = manifestSchema.parse(parse((await read('manifest.yaml')).toString()));
  const session = await ort.InferenceSession.create(await read('model.onnx'), { intraOpNumThreads: 1 });
  const { width } = manifest.parameters;
  const files = {
    ...manifest,
    tokens: await read('tokens.json'),
    condition: await read('condition.f32'),
    lengths: await read('lengths.f32'),
  };
  model = readDiffusion(files, async (tokens, lengths, condition, { rows, longest }) => {
    const out = await session.run({
      tokens: new ort.Tensor('int32', tokens, [rows, longest]),
      lengths: new ort.Tensor('int32', lengths, [rows]),
      condition: new ort.Tensor('float32', condition, [rows, width]),
    });
    const data = out['logits']?.data;
    if (!(data instanceof Float32Array)) throw new Error('expected FP32');
    return data;
  });
});

function vector(named: Record<string, number>): Float64Array {
  return Float64Array.from(manifest.labels, (label) => named[label] ?? 0);
}

test('the denoiser gives the logits Python recorded', async () => {
  const { tokens, lengths, notes, logits } = golden.denoise;
  const longest = Math.max(...lengths);
  const conditions = notes.map((note) => weightedSum(model.condition, model.width, vector({ [note]: 1 })));
  const condition = Float32Array.from(conditions.flatMap((values) => [...values]));
  const shape = { rows: lengths.length, longest };
  const found = await model.denoise(
    Int32Array.from(tokens.flat()),
    Int32Array.from(lengths),
    condition,
    shape,
  );
  const vocabulary = model.tokens.length;
  const errors = logits.flatMap((places, row) =>
    places.flatMap((values, place) =>
      values.map((want, token) =>
        Math.abs(want - (found[(row * longest + place) * vocabulary + token] ?? Number.NaN)),
      ),
    ),
  );
  expect(Math.max(...errors)).toBeLessThan(golden.tolerance);
});

test('SELFIES read as in Python', () => {
  expect(golden.readings.map(({ tokens }) => model.selfies.decode(tokens))).toEqual(
    golden.readings.map(({ smiles }) => smiles),
  );
});

test('seeded samples are those Python drew', async () => {
  for (const { samples, ...trace } of golden.traces) {
    const drawn = [];
    const sampling = sampleDiffusion(model, {
      ...manifest.parameters,
      ...trace,
      wanted: vector(trace.wanted),
      excluded: vector(trace.excluded),
    });
    for await (const sample of sampling) drawn.push(sample);
    expect(drawn).toEqual(samples);
  }
});

test('files that do not fit the manifest are named', async () => {
  const tokens = await read('tokens.json');
  const condition = await read('condition.f32');
  const lengths = await read('lengths.f32');
  const files = { ...manifest, tokens, condition, lengths };
  expect(() => readDiffusion({ ...files, lengths: lengths.subarray(4) }, model.denoise)).toThrow(
    'lengths.f32',
  );
  const unknown = Buffer.from(JSON.stringify(model.tokens.map((text, id) => (id > 1 ? '[Xx]' : text))));
  expect(() => readDiffusion({ ...files, tokens: unknown }, model.denoise)).toThrow('[Xx]');
});
