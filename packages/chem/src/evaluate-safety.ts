/**
 * Runs the safety rules over their own examples and over known molecules, and prints what they flag.
 * `npm run evaluate:safety`, with the folder of odor/gslf_train.csv and odor/molecules.csv in SILLAGE_DATA.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chem } from './chem.ts';
import { ChemError } from './chem-error.ts';
import type { Molecule } from './molecule.ts';
import { SafetyScreen, type SafetyVerdict } from './safety.ts';
import { loadSafetyRules, type SafetySeverity } from './safety-rules.ts';

const severities: readonly SafetySeverity[] = ['block', 'warn', 'info'];
const rules = loadSafetyRules();
const chem = await Chem.load();
const screen = new SafetyScreen(chem, { rules });
const unfiltered = new SafetyScreen(chem, { rules, isFiltered: false });

const print = (line = ''): void => void process.stdout.write(`${line}\n`);
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`;

function reportExamples(): void {
  const flags = (smiles: string, id: string): boolean =>
    chem.with(smiles, (mol) => screen.screen(mol).flags.some(({ rule }) => rule === id));
  const count = { trips: 0, tripped: 0, passes: 0, passed: 0 };
  for (const { id, trips, passes } of rules) {
    count.trips += trips.length;
    count.passes += passes.length;
    count.tripped += trips.filter((smiles) => flags(smiles, id)).length;
    count.passed += passes.filter((smiles) => !flags(smiles, id)).length;
  }
  const bySeverity = severities.map(
    (severity) => `${rules.filter((rule) => rule.severity === severity).length} ${severity}`,
  );
  print(`${rules.length} rules: ${bySeverity.join(', ')}`);
  for (const rule of rules) {
    if (rule.kind !== 'substances') continue;
    const unverified = rule.substances.filter(({ verified }) => !verified).length;
    print(`  ${rule.id}: ${rule.substances.length} substances, ${unverified} of them not verified`);
  }
  print(`own examples: ${count.tripped} of ${count.trips} trip, ${count.passed} of ${count.passes} pass`);
}

interface Row {
  readonly smiles: string;
  /** The rest of its line. */
  readonly rest: string;
}

function readRows(name: string): readonly Row[] {
  const folder = process.env['SILLAGE_DATA'];
  if (folder === undefined) throw new Error('SILLAGE_DATA must be the folder of the training data');
  const lines = readFileSync(join(folder, 'odor', name), 'utf8')
    .split(/\r?\n/)
    .slice(1);
  return lines.filter(Boolean).map((line) => {
    const comma = line.indexOf(',');
    return { smiles: line.slice(0, comma), rest: line.slice(comma + 1) };
  });
}

function look<T>(smiles: string, use: (molecule: Molecule) => T): T | undefined {
  try {
    return chem.with(smiles, use);
  } catch (error) {
    if (error instanceof ChemError && !chem.isBroken) return undefined;
    throw error;
  }
}

interface Screened {
  readonly row: Row;
  readonly verdict: SafetyVerdict;
}

function screenAll(name: string, rows: readonly Row[]): readonly Screened[] {
  let differing = 0;
  const screened = rows.flatMap((row): Screened[] => {
    const verdict = look(row.smiles, (molecule) => {
      const found = screen.screen(molecule);
      if (JSON.stringify(found) !== JSON.stringify(unfiltered.screen(molecule))) differing++;
      return found;
    });
    return verdict === undefined ? [] : [{ row, verdict }];
  });
  const worst = ({ verdict }: Screened) => verdict.flags[0]?.severity;
  print(`\n${name}: ${rows.length} molecules, ${screened.length} read`);
  for (const severity of severities) {
    const count = screened.filter((one) => worst(one) === severity).length;
    print(`  worst flag ${severity}: ${count} (${percent(count, screened.length)})`);
  }
  const none = screened.filter((one) => worst(one) === undefined).length;
  print(`  no flag: ${none} (${percent(none, screened.length)})`);
  print(`  verdicts that change when every rule is run whatever it needs: ${differing}`);
  return screened;
}

/** Processor time a molecule, of molecules that are parsed already and rules that have run before. */
function reportSpeed(rows: readonly Row[]): void {
  const molecules = rows.map(({ smiles }) => chem.parse(smiles));
  // Both forms are there anyway when a molecule is screened.
  for (const molecule of molecules) void molecule.flatSmiles;
  const before = process.cpuUsage();
  for (const molecule of molecules) screen.screen(molecule);
  const { user, system } = process.cpuUsage(before);
  print(`  processor time a molecule: ${((user + system) / 1000 / molecules.length).toFixed(4)} ms`);
  for (const molecule of molecules) molecule[Symbol.dispose]();
}

function countOf(id: string, screened: readonly Screened[]): number {
  return screened.filter(({ verdict }) => verdict.flags.some(({ rule }) => rule === id)).length;
}

reportExamples();
const molecules = screenAll('molecules.csv', readRows('molecules.csv'));
const odorants = screenAll('gslf_train.csv', readRows('gslf_train.csv'));
reportSpeed(odorants.slice(0, 1000).map(({ row }) => row));

for (const archive of ['gras', 'ifra_2019', 'goodscents', 't3db', 'prestwick']) {
  const part = molecules.filter(({ row }) => row.rest.split(/[,;]/).includes(archive));
  const blocked = part.filter(({ verdict }) => verdict.score === 0).length;
  print(
    `  of molecules.csv, from ${archive}: ${blocked} of ${part.length} blocked (${percent(blocked, part.length)})`,
  );
}

print(`\n${'rule'.padEnd(32)}${'severity'.padEnd(10)}${'odorants'.padStart(9)}${'molecules'.padStart(11)}`);
for (const { id, severity } of rules) {
  const counts = [String(countOf(id, odorants)).padStart(9), String(countOf(id, molecules)).padStart(11)];
  print(`${id.padEnd(32)}${severity.padEnd(10)}${counts.join('')}`);
}

print('\nblocked odorants of gslf_train.csv');
for (const { row, verdict } of odorants) {
  if (verdict.score > 0) continue;
  const blocking = verdict.flags.filter(({ severity }) => severity === 'block');
  print(`  ${row.smiles}  ${blocking.map(({ rule, title }) => `${rule} (${title})`).join('; ')}`);
}
screen[Symbol.dispose]();
unfiltered[Symbol.dispose]();
