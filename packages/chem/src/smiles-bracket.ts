import { AROMATIC_SYMBOLS, capitalised, isElement } from './elements.ts';
import { fail, showCharacter } from './smiles-problem.ts';

/** One atom as it is written in a SMILES string. */
export interface WrittenAtom {
  /** Symbol as written: `C`, `c`, `Cl`, `se`. */
  readonly symbol: string;
  /** First character of the atom (of its bracket, if it has one), counted from 1. */
  readonly position: number;
  /** Characters the atom covers, brackets included. */
  readonly length: number;
  readonly charge: number;
}

const ORDER =
  'the order inside brackets is isotope, symbol, @ marks, H count, charge, :class, as in [13C@H] or [NH4+]';

// Highest index of each chirality class of OpenSMILES (https://opensmiles.org, "Stereochemistry").
const CHIRAL_CLASSES: Readonly<Record<string, number>> = { TH: 2, AL: 2, SP: 3, TB: 20, OH: 30 };

/** Reads the bracket atom whose `[` stands at `start` (0-based); throws SmilesFault where it is malformed. */
export function readBracketAtom(text: string, start: number): WrittenAtom {
  const end = findBracketEnd(text, start);
  let index = start + 1;
  const isotope = matchAt(/\d+/y, text, index);
  if (isotope.length > 3) {
    fail(
      index,
      isotope.length,
      `isotope ${isotope} at position ${index + 1} is impossible`,
      'an isotope is a mass number of at most three digits, as in [13C]',
    );
  }
  index += isotope.length;
  const symbol = readSymbol(text, index, start, end);
  index += symbol.length;
  index += readChirality(text, index).length;
  index += matchAt(/H\d?/y, text, index).length;
  const chargeText = matchAt(/\+\d{1,2}|-\d{1,2}|\+{1,2}|-{1,2}/y, text, index);
  const charge = readCharge(chargeText);
  index += chargeText.length;
  index += matchAt(/:\d{1,4}/y, text, index).length;
  if (index !== end) {
    const character = text.charAt(index);
    fail(
      index,
      1,
      `${showCharacter(character)} at position ${index + 1} is not expected here in bracket atom ${text.slice(start, end + 1)}`,
      ORDER,
    );
  }
  return { symbol, position: start + 1, length: end - start + 1, charge };
}

function findBracketEnd(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === ']') return index;
    if (character === '[') break;
    checkBracketCharacter(text, index);
  }
  return fail(
    start,
    1,
    `bracket opened at position ${start + 1} is never closed`,
    'close it with ] after the atom, as in [nH] or [Na+]',
  );
}

function checkBracketCharacter(text: string, index: number): void {
  const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
  const place = `${showCharacter(character)} at position ${index + 1}`;
  if (character === '*') {
    fail(
      index,
      1,
      `the wildcard atom ${place} names no element`,
      'write the real atom: an unspecified molecule has no smell to predict; of a polymer send the monomer',
    );
  }
  if (/\s/.test(character))
    fail(index, 1, `${place} stands inside the SMILES`, 'remove it: a SMILES has no spaces');
  if (!/[A-Za-z0-9@+\-:]/.test(character)) {
    fail(
      index,
      character.length,
      `${place} is not allowed in a bracket atom`,
      `brackets hold one atom; ${ORDER}`,
    );
  }
}

function readSymbol(text: string, index: number, start: number, end: number): string {
  const two = text.slice(index, Math.min(index + 2, end));
  // A small letter always belongs to the symbol before it, so [na] is no nitrogen.
  const candidates = /[a-z]$/.test(two) ? [two] : [two.slice(0, 1)];
  for (const candidate of candidates) {
    if (isElement(candidate) || AROMATIC_SYMBOLS.has(candidate)) return candidate;
  }
  const shown = matchAt(/[A-Za-z][a-z]?/y, text, index);
  if (shown === '') {
    return fail(
      start,
      end - start + 1,
      `bracket atom ${text.slice(start, end + 1)} at position ${start + 1} has no element symbol`,
      ORDER,
    );
  }
  if (shown === 'D' || shown === 'T') {
    return fail(
      index,
      1,
      `'${shown}' at position ${index + 1} is not an element symbol in SMILES`,
      `write [${shown === 'D' ? 2 : 3}H]`,
    );
  }
  const capital = capitalised(shown);
  const hint = isElement(capital)
    ? `write ${capital} with a capital letter`
    : 'use a symbol of the periodic table, as in [Na+] or [SiH4]';
  return fail(index, shown.length, `'${shown}' at position ${index + 1} is not an element symbol`, hint);
}

function readChirality(text: string, index: number): string {
  const named = /@(TH|AL|SP|TB|OH)(\d{1,2})/y;
  named.lastIndex = index;
  const match = named.exec(text);
  if (match === null) return matchAt(/@{1,2}/y, text, index);
  const [whole, name = '', number = ''] = match;
  const highest = CHIRAL_CLASSES[name] ?? 0;
  if (Number(number) < 1 || Number(number) > highest) {
    fail(
      index,
      whole.length,
      `chirality ${whole} at position ${index + 1} does not exist`,
      `@${name} goes from 1 to ${highest}`,
    );
  }
  return whole;
}

function readCharge(text: string): number {
  if (text === '') return 0;
  const sign = text.startsWith('+') ? 1 : -1;
  const digits = text.slice(1);
  return sign * (/^\d+$/.test(digits) ? Number(digits) : text.length);
}

function matchAt(pattern: RegExp, text: string, index: number): string {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0] ?? '';
}
