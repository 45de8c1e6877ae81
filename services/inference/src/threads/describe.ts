import {
  ChemError,
  type OdourFeatures,
  type OdourFeaturiser,
  type Remark,
  readOrdinary,
  stereoRemark,
} from '@sillage/chem';
import { drawing } from './explain.ts';
import { packFeatures, toColumns } from './packed-features.ts';
import type { DescribedColumns, DescribedMolecule, DescribeInput, RefusedMolecule } from './protocol.ts';
import type { Workbench } from './workbench.ts';

/** Molecules as the odour model needs them; what cannot be read is refused row by row. */
export async function describe(
  bench: Workbench,
  { model, smiles, svg, asWritten }: DescribeInput,
): Promise<DescribedColumns> {
  const featuriser = bench.featuriser(model);
  const canonical: string[] = [];
  const flat: string[] = [];
  const warnings = new Map<number, DescribedMolecule['warnings']>();
  const svgs = new Map<number, string>();
  const refused = new Map<number, RefusedMolecule>();
  const features: OdourFeatures[] = [];
  for (const [place, text] of smiles.entries()) {
    const row =
      (asWritten ? ordinary(featuriser, text) : undefined) ?? describeOne(bench, featuriser, text, svg);
    if (bench.chem.isBroken) await bench.mendChem();
    if (row.kind === 'bad') {
      refused.set(place, row);
      canonical.push('');
      flat.push('');
      continue;
    }
    canonical.push(row.canonical);
    flat.push(row.flat);
    features.push(row.features);
    if (row.warnings.length > 0) warnings.set(place, row.warnings);
    if (row.svg !== '') svgs.set(place, row.svg);
  }
  return { canonical, flat, warnings, svgs, refused, features: toColumns(packFeatures(features)) };
}

type Described = Omit<DescribedMolecule, 'features'> & { readonly features: OdourFeatures };

/** A molecule that can be read without RDKit; its SMILES stays as it is written. */
function ordinary(featuriser: OdourFeaturiser, text: string): Described | undefined {
  const smiles = text.trim();
  const molecule = readOrdinary(smiles);
  return (
    molecule && {
      kind: 'ok',
      canonical: smiles,
      flat: smiles,
      warnings: molecule.hasStereo ? STEREO_WARNING : [],
      svg: '',
      features: featuriser.features(molecule.graph),
    }
  );
}

const STEREO_WARNING = [warningOf(stereoRemark)];

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

export function warningOf({ kind, text }: Remark): { code: string; detail: string } {
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
