import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Chem, collate, loadOdourFeatures, type OdourFeatures } from '@sillage/chem';
import * as ort from 'onnxruntime-node';
import { z } from 'zod';

// From SMILES to probabilities as this server computes them, against what Python recorded.
const models = new URL('../../../../models/', import.meta.url);

const goldenSchema = z.object({
  tolerance: z.number().max(1e-5),
  molecules: z.array(
    z.object({ smiles: z.string(), outputs: z.object({ probabilities: z.array(z.number()) }) }),
  ),
});

function feedsOf(session: ort.InferenceSession, list: readonly OdourFeatures[]): Record<string, ort.Tensor> {
  const { rows, longest, atoms, relation, environment } = collate(list);
  const counts = new ort.Tensor('float32', environment, [rows, environment.length / rows]);
  if (!session.inputNames.includes('atoms')) return { environment: counts };
  return {
    atoms: new ort.Tensor('int32', atoms, [rows, longest, atoms.length / rows / longest]),
    relation: new ort.Tensor('uint8', relation, [rows, longest, longest]),
    environment: counts,
  };
}

describe.each([
  ['olfactory-base/3', 500],
  ['olfactory-fast/1', 200],
])('%s', (folder, least) => {
  const read = (name: string) => readFile(new URL(`${folder}/${name}`, models));
  let chem: Chem;

  beforeAll(async () => {
    chem = await Chem.load();
  });

  test('gives the probabilities that Python recorded', async () => {
    const golden = goldenSchema.parse(JSON.parse(gunzipSync(await read('golden.json.gz')).toString()));
    const featuriser = loadOdourFeatures(JSON.parse((await read('features.json')).toString()));
    const session = await ort.InferenceSession.create(await read('model.onnx'), { intraOpNumThreads: 1 });
    expect(golden.molecules.length).toBeGreaterThanOrEqual(least);
    let worst = 0;
    for (let start = 0; start < golden.molecules.length; start += 10) {
      const batch = golden.molecules.slice(start, start + 10);
      const features = batch.map(({ smiles }) =>
        chem.with(smiles, (molecule) => featuriser.features(molecule.canonicalGraph())),
      );
      const { probabilities } = await session.run(feedsOf(session, features), ['probabilities']);
      const wanted = batch.flatMap(({ outputs }) => outputs.probabilities);
      if (!(probabilities?.data instanceof Float32Array)) throw new Error('expected FP32');
      expect(probabilities.data).toHaveLength(wanted.length);
      for (const [k, p] of probabilities.data.entries())
        worst = Math.max(worst, Math.abs(p - (wanted[k] ?? 9)));
    }
    expect(worst).toBeLessThanOrEqual(golden.tolerance);
  });
});
