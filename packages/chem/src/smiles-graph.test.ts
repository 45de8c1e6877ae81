import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Chem } from './chem.ts';
import type { MolGraph } from './graph.ts';
import { graphOfCanonical } from './smiles-graph.ts';

const chem = await Chem.load();
const golden = readFileSync(new URL('../golden/properties.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): { smiles: string } => JSON.parse(line));

/** What RDKit says of the molecule, atoms in the same order. */
function rdkitGraph(smiles: string): MolGraph {
  return chem.with(smiles, (molecule) => molecule.graph());
}

/** Bonds and rings whatever the order in which they are listed. */
function unordered({ atoms, bonds, rings }: MolGraph) {
  return {
    atoms,
    bonds: bonds
      .map(({ begin, end, order }) => [Math.min(begin, end), Math.max(begin, end), order].join())
      .sort(),
    rings: rings.map((ring) => [...ring].sort((a, b) => a - b).join()).sort(),
  };
}

test('the graph of a canonical SMILES is the one RDKit has, for a thousand molecules', () => {
  for (const { smiles } of golden) {
    const flat = chem.with(smiles, (molecule) => molecule.flatSmiles);
    expect([flat, unordered(graphOfCanonical(flat))]).toEqual([flat, unordered(rdkitGraph(flat))]);
  }
});

test.each([
  'C[N+](C)(C)CC(=O)[O-]',
  '[Na+].[Cl-]',
  'c1ccc(-c2ccccc2)cc1',
  'c1cc[nH]c1',
  'O=c1cc[nH]cc1',
  'Cn1cnc2c1c(=O)n(C)c(=O)n2C',
  'c1ccn2cccc2c1',
  'CS(=O)(=O)O',
  'COP(=O)(O)O',
  '[H][H]',
  '[CH3]',
  'N#CC#N',
  'O=[Se]=O',
  'C1CC2CCC1C2',
  'C12C3C4C1C5C2C3C45',
  'C1CC12CC2',
  'C%10CCCCCCCCC%10',
  'B1OCCO1',
  'FS(F)(F)(F)(F)F',
  '[2H]OC([3H])C',
  'OCC1OC(O)C(O)C(O)C1O',
])('%s', (smiles) => {
  const [flat, graph] = chem.with(smiles, (molecule) => [molecule.flatSmiles, molecule.canonicalGraph()]);
  expect(unordered(graph)).toEqual(unordered(rdkitGraph(flat)));
});
