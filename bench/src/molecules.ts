import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Chem } from '@sillage/chem';

const known = join(import.meta.dirname, '../../models/generator-baseline/2/known.txt.gz');

/** Real molecules of the training corpus that the API answers: readable, a single organic component. */
export async function realMolecules(): Promise<string[]> {
  const chem = await Chem.load();
  const lines = gunzipSync(readFileSync(known)).toString().split('\n').filter(Boolean);
  return lines.filter((smiles) => {
    try {
      return chem.describe(smiles).remarks.length === 0;
    } catch {
      return false;
    }
  });
}

/** Slices of `size`; a shorter rest is left out. */
export function* batches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start + size <= items.length; start += size) yield items.slice(start, start + size);
}
