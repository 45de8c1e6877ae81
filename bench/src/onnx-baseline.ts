// ONNX Runtime alone, in a process of its own: tensors are made first, only running them is timed.
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Chem, collate, loadOdourFeatures, type OdourBatch } from '@sillage/chem';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { batches } from './molecules.ts';

const batchSize = 32;
const versions = join(import.meta.dirname, '../../models/olfactory-base');
// The newest version, as the fleet serves it.
const [newest = '1'] = readdirSync(versions).sort((a, b) => Number(b) - Number(a));
const model = join(versions, newest);
const chem = await Chem.load();
const featuriser = loadOdourFeatures(JSON.parse(readFileSync(join(model, 'features.json'), 'utf8')));
const session = await InferenceSession.create(join(model, 'model.onnx'), {
  intraOpNumThreads: availableParallelism(),
});

function feeds(batch: OdourBatch): Record<string, Tensor> {
  const { rows, longest } = batch;
  return {
    atoms: new Tensor('int32', batch.atoms, [rows, longest, batch.atoms.length / (rows * longest)]),
    relation: new Tensor('uint8', batch.relation, [rows, longest, longest]),
    environment: new Tensor('float32', batch.environment, [rows, batch.environment.length / rows]),
  };
}

process.on('message', (molecules: string[]) => {
  void run(molecules).then((seconds) => process.send?.(seconds));
});

async function run(molecules: readonly string[]): Promise<number> {
  const features = molecules.map((smiles) => featuriser.features(chem.describe(smiles).graph));
  const ready = [...batches(features, batchSize)].map((batch) => feeds(collate(batch)));
  const started = performance.now();
  for (const batch of ready) await session.run(batch);
  return (performance.now() - started) / 1000;
}
