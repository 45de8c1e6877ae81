import { ChemError } from './chem-error.ts';
import type { WrittenAtom } from './smiles-bracket.ts';

const UNREADABLE_HINT = 'check the molecule in a structure editor and copy its SMILES from there';

/**
 * Turns RDKit's error log into an error that names the atom and its place in the SMILES. The atom numbers
 * in the log must be those of the SMILES as written, hydrogens included.
 */
export function explainRefusal(log: string, atoms: readonly WrittenAtom[]): ChemError {
  const valence = /Explicit valence for atom # (\d+) (\w+), (\d+), is greater than permitted/.exec(log);
  if (valence !== null) return valenceError(atoms[Number(valence[1])], valence[2] ?? '', Number(valence[3]));
  const stray = /non-ring atom (\d+) marked aromatic/.exec(log);
  if (stray !== null) return strayAromaticError(atoms[Number(stray[1])]);
  const unkekulized = /Unkekulized atoms: ([\d ]+)/.exec(log);
  if (unkekulized !== null) return kekulizeError((unkekulized[1] ?? '').trim().split(' ').map(Number), atoms);
  const reason = log.split('\n')[0]?.replace(/^\[[\d:]+\] /, '') ?? '';
  const detail = reason === '' ? 'the molecule cannot be read' : `the molecule cannot be read: ${reason}`;
  return new ChemError({ problem: 'unreadable', detail, hint: UNREADABLE_HINT });
}

function valenceError(atom: WrittenAtom | undefined, symbol: string, valence: number): ChemError {
  const where = atom === undefined ? '' : ` at position ${atom.position}`;
  const detail = `${symbol}${where} has ${valence} bonds, more than ${symbol} can have`;
  const charged = symbol === 'N' && valence === 4;
  const hint = charged
    ? 'write a nitrogen with four bonds with its charge, as in C[N+](C)(C)C'
    : 'remove a bond or a hydrogen, lower a bond order, or write the charge of the atom';
  return new ChemError({ problem: 'valence', detail, hint, ...placeOf(atom) });
}

function strayAromaticError(atom: WrittenAtom | undefined): ChemError {
  const symbol = atom?.symbol ?? '';
  const where = atom === undefined ? 'an atom' : `${symbol} at position ${atom.position}`;
  return new ChemError({
    problem: 'aromaticity',
    detail: `${where} is written as aromatic (lower case) but is in no ring`,
    hint: `write it as ${symbol.charAt(0).toUpperCase()}${symbol.slice(1)}, or close the ring it belongs to; a metal such as cobalt is written [Co]`,
    ...placeOf(atom),
  });
}

function kekulizeError(numbers: readonly number[], atoms: readonly WrittenAtom[]): ChemError {
  const ring = numbers.map((number) => atoms[number]).filter((atom) => atom !== undefined);
  const [first] = ring;
  const where = first === undefined ? '' : ` with ${first.symbol} at position ${first.position}`;
  const nitrogen = ring.some(({ symbol }) => symbol === 'n');
  return new ChemError({
    problem: 'kekulize',
    detail: `no single and double bonds can be given to the ${ring.length} aromatic atoms of the ring system${where}`,
    hint: nitrogen
      ? 'a five-membered ring usually needs its hydrogen written, as in c1cc[nH]c1'
      : 'check the number of atoms in the ring, or write it with = in capital letters, as in C1=CCC=C1',
    ...placeOf(first),
  });
}

function placeOf(atom: WrittenAtom | undefined): { position?: number; length?: number } {
  return atom === undefined ? {} : { position: atom.position, length: atom.length };
}
