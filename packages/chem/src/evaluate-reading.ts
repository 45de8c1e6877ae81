/**
 * Holds the reader of ordinary molecules to RDKit, molecule by molecule in eight spellings each, and times both.
 * `npm run evaluate:reading [-- FILE]`: SMILES in the first column of FILE; without it those of golden/properties.ndjson.
 */
import { readFileSync } from 'node:fs';
import { Chem } from './chem.ts';
import { readGoldenProperties } from './properties-golden.ts';
import { compareReading, spellingsOf } from './reading-agreement.ts';
import { readOrdinary } from './smiles-reader.ts';

const [file] = process.argv.slice(2);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const molecules =
  file === undefined
    ? readGoldenProperties().map(({ smiles }) => smiles)
    : readFileSync(file, 'utf8')
        .split('\n')
        .map((line) => line.split(/[,\t\r]/)[0] ?? '')
        .filter(Boolean);

const chem = await Chem.load();
const spellings = [...new Set(molecules.flatMap((smiles) => spellingsOf(chem, smiles)))];
const { read, different } = compareReading(chem, spellings);
const share = ((100 * read) / spellings.length).toFixed(1);
print(`${molecules.length} molecules in ${spellings.length} spellings: ${share} % read without RDKit`);
print(`  ${different.length} of them read differently than RDKit does`);
for (const smiles of different.slice(0, 20)) print(`    ${smiles}`);

/** Microseconds of CPU for one spelling, the best of three rounds. */
function cost(work: (smiles: string) => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage();
    for (const smiles of timed) work(smiles);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / timed.length);
  }
  return best;
}
const timed = spellings.filter((smiles) => readOrdinary(smiles) !== undefined).slice(0, 2000);
const own = cost(readOrdinary);
const rdkit = cost((smiles) => chem.with(smiles, (molecule) => molecule.canonicalGraph()));
print(`  ${own.toFixed(1)} µs of CPU for each, ${rdkit.toFixed(0)} with RDKit`);
process.exitCode = different.length === 0 ? 0 : 1;
