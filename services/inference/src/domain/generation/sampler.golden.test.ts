import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as ort from 'onnxruntime-node';
import { parse } from 'yaml';
import { z } from 'zod';
import { readGenerator, readKnownMolecules, recurrentParametersSchema } from './generator-files.ts';
import { type GeneratorModel, sampleMolecules } from './sampler.ts';

// The shipped models against what Python recorded: logits within the stated tolerance, samples letter for letter.
const models = new URL('../../../../../models/', import.meta.url);

const weights = z.record(z.string(), z.number());
const goldenSchema = z.object({
  tolerance: z.number(),
  steps: z.array(
    z.object({ notes: weights, steps: z.array(z.object({ token: z.int(), logits: z.array(z.number()) })) }),
  ),
  traces: z.array(
    z.object({
      seed: z.number(),
      count: z.int(),
      batch: z.int(),
      temperature: z.number(),
      guidance: z.number(),
      wanted: weights,
      excluded: weights,
      samples: z.array(z.object({ row: z.int(), smiles: z.string(), complete: z.boolean() })),
    }),
  ),
});
const manifestSchema = z.object({ labels: z.array(z.string()), parameters: recurrentParametersSchema });

function floats(tensor: ort.Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new Error('expected FP32');
  return tensor.data;
}

describe.each(['generator-baseline/2', 'generator-optimized/1'])('%s', (name) => {
  const read = (file: string) => readFile(new URL(`${name}/${file}`, models));
  let model: GeneratorModel;
  let golden: z.infer<typeof goldenSchema>;
  let manifest: z.infer<typeof manifestSchema>;

  beforeAll(async () => {
    golden = goldenSchema.parse(JSON.parse((await read('golden.json')).toString()));
    manifest = manifestSchema.parse(parse((await read('manifest.yaml')).toString()));
    const session = await ort.InferenceSession.create(await read('model.onnx'), { intraOpNumThreads: 1 });
    const { hidden, gates } = manifest.parameters;
    const files = { ...manifest, tokens: await read('tokens.json'), condition: await read('condition.f32') };
    model = readGenerator(files, async (tokens, state, condition, rows) => {
      const out = await session.run({
        token: new ort.Tensor('int32', tokens, [rows]),
        hidden: new ort.Tensor('float32', state, [rows, hidden]),
        condition: new ort.Tensor('float32', condition, [condition.length / gates, gates]),
      });
      return { logits: floats(out['logits']), hidden: floats(out['hidden_out']) };
    });
  });

  function vector(named: Record<string, number>): Float64Array {
    return Float64Array.from(manifest.labels, (label) => named[label] ?? 0);
  }

  test('steps give the logits Python recorded', async () => {
    for (const { notes, steps } of golden.steps) {
      const gates = new Float32Array(model.gates);
      for (const [label, weight] of Object.entries(notes)) {
        const row = manifest.labels.indexOf(label) * model.gates;
        for (let gate = 0; gate < model.gates; gate++)
          gates[gate] = (gates[gate] ?? 0) + weight * (model.condition[row + gate] ?? 0);
      }
      let hidden: Float32Array = new Float32Array(model.hidden);
      for (const { token, logits } of steps) {
        const result = await model.step(Int32Array.of(token), hidden, gates, 1);
        hidden = Float32Array.from(result.hidden);
        const error = Math.max(...logits.map((want, index) => Math.abs(want - (result.logits[index] ?? 0))));
        expect(error).toBeLessThan(golden.tolerance);
      }
    }
  });

  test('seeded samples are those Python drew', async () => {
    const { maxTokens, minProbability } = manifest.parameters;
    for (const { samples, ...trace } of golden.traces) {
      const options = { ...trace, maxTokens, minProbability };
      const drawn = [];
      const sampling = sampleMolecules(model, {
        ...options,
        wanted: vector(trace.wanted),
        excluded: vector(trace.excluded),
      });
      for await (const sample of sampling) drawn.push(sample);
      expect(drawn).toEqual(samples);
    }
  });

  test('known molecules can be asked for by canonical SMILES', async () => {
    const known = readKnownMolecules(await read('known.txt.gz'));
    expect(known.size).toBeGreaterThan(10_000);
    expect(known.has('COc1cc(C=O)ccc1O')).toBe(true);
    expect(known.has('')).toBe(false);
  });

  test('files that do not fit the manifest are named', async () => {
    const tokens = await read('tokens.json');
    const condition = await read('condition.f32');
    const { step } = model;
    expect(() => readGenerator({ ...manifest, tokens, condition: condition.subarray(4) }, step)).toThrow(
      'condition.f32',
    );
    expect(() => readGenerator({ ...manifest, tokens: Buffer.from('["C"]'), condition }, step)).toThrow(
      'tokens.json',
    );
  });
});
