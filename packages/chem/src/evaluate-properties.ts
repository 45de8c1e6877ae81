/**
 * Prints how far the properties computed here are from those of RDKit, and how fast they are.
 * `npm run evaluate:properties`
 */
import { Chem } from './chem.ts';
import { FragmentScores } from './fragment-scores.ts';
import type { Molecule } from './molecule.ts';
import { type MolecularProperties, propertiesOf } from './properties.ts';
import { comparisons, readGoldenProperties } from './properties-golden.ts';

const golden = readGoldenProperties();
const chem = await Chem.load();
const startedMs = performance.now();
const scores = FragmentScores.load();
const loadedMs = performance.now() - startedMs;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

function properties(molecule: Molecule): MolecularProperties {
  const graph = molecule.canonicalGraph();
  return propertiesOf(graph, molecule.stereocentres(graph), scores);
}

const made = golden.map(({ smiles }) => chem.with(smiles, properties));
print(`${golden.length} molecules of golden/properties.ndjson, against RDKit in Python`);
for (const { name, recorded, own } of comparisons) {
  const differences = golden.map((row, index) => {
    const value = made[index];
    return value === undefined ? Number.NaN : Math.abs(recorded(row) - own(value));
  });
  print(`  ${name.padEnd(24)} differs by at most ${Math.max(...differences).toFixed(5)}`);
}

/** Molecules a second of the best of three rounds; reading the molecules is not counted. */
function speed(work: (molecule: Molecule) => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    let spentMs = 0;
    for (const { smiles } of golden) {
      chem.with(smiles, (molecule) => {
        void molecule.flatSmiles;
        const from = performance.now();
        work(molecule);
        spentMs += performance.now() - from;
      });
    }
    best = Math.min(best, spentMs);
  }
  return (1000 * golden.length) / best;
}

const own = speed(properties);
const descriptors = speed((molecule) => molecule.descriptors());
print(`all of them: ${Math.round(own)} molecules/s; RDKit's descriptors: ${Math.round(descriptors)}`);
const megabytes = (scores.memory.byteLength / 1e6).toFixed(1);
print(`the table of fragments: ${megabytes} MB in memory, loaded in ${Math.round(loadedMs)} ms`);
