import { ChemError, type OdourFeatures, type OdourFeaturiser, type Remark } from '@sillage/chem';
import { drawing } from './explain.ts';
import { packFeatures } from './packed-features.ts';
import type { DescribedMolecule, DescribedRow, RefusedMolecule } from './protocol.ts';
import type { Workbench } from './workbench.ts';

/** Molecules as the odour model needs them; what cannot be read is refused row by row. */
export async function describe(
  bench: Workbench,
  { model, smiles, svg }: { model: string; smiles: readonly string[]; svg: boolean },
): Promise<DescribedRow[]> {
  const featuriser = bench.featuriser(model);
  const rows: (Described | RefusedMolecule)[] = [];
  for (const text of smiles) {
    rows.push(describeOne(bench, featuriser, text, svg));
    await bench.mendChem();
  }
  const packed = packFeatures(rows.flatMap((row) => (row.kind === 'ok' ? [row.features] : [])));
  let next = 0;
  return rows.map((row) => {
    if (row.kind === 'bad') return row;
    const features = packed[next++];
    if (features === undefined) throw new Error('a molecule has lost its features');
    return { ...row, features };
  });
}

type Described = Omit<DescribedMolecule, 'features'> & { readonly features: OdourFeatures };

function describeOne(
  bench: Workbench,
  featuriser: OdourFeaturiser,
  text: string,
  svg: boolean,
): Described | RefusedMolecule {
  try {
    return bench.chem.with(text.trim(), (molecule) => ({
      kind: 'ok',
      canonical: molecule.canonicalSmiles,
      flat: molecule.flatSmiles,
      warnings: molecule.remarks.map(warningOf),
      svg: svg ? molecule.svg(drawing) : '',
      features: featuriser.features(molecule.canonicalGraph()),
    }));
  } catch (error) {
    return refusal(error);
  }
}

function warningOf({ kind, text }: Remark): { code: string; detail: string } {
  return { code: kind, detail: text };
}

/** Why a molecule cannot be read, for whoever sent it. Throws what is no fault of the molecule. */
export function refusal(error: unknown): RefusedMolecule {
  if (!(error instanceof ChemError)) {
    // A molecule without atoms has no features; nothing else is thrown on purpose.
    if (!(error instanceof RangeError)) throw error;
    return {
      kind: 'bad',
      code: 'invalid_input',
      detail: error.message,
      hint: 'send a molecule with at least one atom',
      position: undefined,
    };
  }
  const { problem, detail, hint, position } = error;
  return { kind: 'bad', code: problem === 'engine' ? 'internal' : 'invalid_input', detail, hint, position };
}

/** V2000 molblocks; empty where the molecule cannot be read. */
export async function molblocks(
  bench: Workbench,
  { smiles }: { smiles: readonly string[] },
): Promise<string[]> {
  const blocks: string[] = [];
  for (const text of smiles) {
    try {
      blocks.push(bench.chem.with(text.trim(), (molecule) => molecule.molblock()));
    } catch (error) {
      if (!(error instanceof ChemError)) throw error;
      blocks.push('');
      await bench.mendChem();
    }
  }
  return blocks;
}
