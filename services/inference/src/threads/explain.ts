import type { Molecule } from '@sillage/chem';
import { type Colour, occlude, withoutAtom } from '../domain/prediction/occlusion.ts';
import { type PackedFeatures, packFeatures } from './packed-features.ts';
import type { Workbench } from './workbench.ts';

/** Explaining costs the cube of the atoms: at four times the size of a large odorant, seconds. */
export const maxExplainedAtoms = 64;

/** Model inputs of a molecule with each of its atoms hidden in turn; none for one that is too small or too large. */
export async function hideAtoms(
  bench: Workbench,
  { model, smiles }: { model: string; smiles: string },
): Promise<PackedFeatures[]> {
  const graph = await withMolecule(bench, smiles, (molecule) => molecule.graph());
  if (graph.atoms.length < 2 || graph.atoms.length > maxExplainedAtoms) return [];
  const featuriser = bench.featuriser(model);
  const whole = featuriser.features(graph);
  return packFeatures(
    graph.atoms.map((_, atom) => occlude(whole, featuriser.features(withoutAtom(graph, atom)), atom)),
  );
}

export const drawing = { width: 320, height: 240 } as const;

/** The structure with a colour behind some atoms. */
export async function draw(
  bench: Workbench,
  { smiles, colours }: { smiles: string; colours: readonly (Colour | undefined)[] },
): Promise<string> {
  return withMolecule(bench, smiles, (molecule) => molecule.svg({ ...drawing, atomColours: colours }));
}

/** Whatever comes of it, the next task of this thread finds an RDKit that works. */
async function withMolecule<T>(bench: Workbench, smiles: string, use: (molecule: Molecule) => T): Promise<T> {
  try {
    return bench.chem.with(smiles.trim(), use);
  } finally {
    await bench.mendChem();
  }
}
