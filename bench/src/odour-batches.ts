import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chem, collate, loadOdourFeatures, type OdourBatch } from '@sillage/chem';
import { batches } from './molecules.ts';

const batchSize = 32;
const versions = join(import.meta.dirname, '../../models/olfactory-base');
// The newest version, as the fleet serves it.
const [newest = '1'] = readdirSync(versions).sort((a, b) => Number(b) - Number(a));

/** Folder of the model that the baselines run: the newest olfactory-base. */
export const baseModel = join(versions, newest);

/** Tensors of molecules for that model, ready to run, in batches of 32 in their own order. */
export async function odourBatches(molecules: readonly string[]): Promise<OdourBatch[]> {
  const chem = await Chem.load();
  const featuriser = loadOdourFeatures(JSON.parse(readFileSync(join(baseModel, 'features.json'), 'utf8')));
  const features = molecules.map((smiles) => featuriser.features(chem.describe(smiles).graph));
  return [...batches(features, batchSize)].map((batch) => collate(batch));
}

/** Name, datatype, shape and elements of each input. */
export function odourInputs(batch: OdourBatch) {
  const { rows, longest, atoms, relation, environment } = batch;
  return [
    {
      name: 'atoms',
      type: 'int32',
      datatype: 'INT32',
      shape: [rows, longest, atoms.length / (rows * longest)],
      data: atoms,
    },
    { name: 'relation', type: 'uint8', datatype: 'UINT8', shape: [rows, longest, longest], data: relation },
    {
      name: 'environment',
      type: 'float32',
      datatype: 'FP32',
      shape: [rows, environment.length / rows],
      data: environment,
    },
  ] as const;
}
