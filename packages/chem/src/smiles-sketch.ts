import { AROMATIC_SYMBOLS, atomicNumberOf, capitalised } from './elements.ts';
import { MAX_SMILES_CHARACTERS } from './smiles-syntax.ts';

/**
 * What a SMILES writes, before any chemistry: atoms and bonds as flat lists. One sketch is reused for every molecule of
 * a thread, because allocating the lists took longer than filling them: use it before the next one is drawn.
 */
export class Sketch {
  atoms = 0;
  bonds = 0;
  ringBonds = 0;
  fragments = 0;
  /** A / \ or @ is written. */
  hasStereo = false;
  /** Isotopes, atom classes, quadruple, dative or unspecified bonds: what is legal and seldom. */
  hasRarity = false;
  readonly element = new Uint8Array(capacity);
  readonly charge = new Int8Array(capacity);
  /** Written in brackets; {@link BARE} where they follow from the bonds. */
  readonly hydrogens = new Int8Array(capacity);
  readonly aromatic = new Uint8Array(capacity);
  readonly begin = new Uint16Array(capacity * 2);
  readonly end = new Uint16Array(capacity * 2);
  /** 1-4 as in a Bond; 0 where no bond is written. */
  readonly order = new Uint8Array(capacity * 2);
}

/** In place of a number of hydrogens: the atom is written without brackets. */
export const BARE = -1;

const capacity = MAX_SMILES_CHARACTERS;
const sketch = new Sketch();
const branches = new Int16Array(capacity);
const labels = 100;
const openAtom = new Int16Array(labels);
const openOrder = new Uint8Array(labels);

/** Bond orders by the character that is written; 0 for every other character. */
const ORDERS = new Uint8Array(128);
for (const [character, order] of [
  ['-', 1],
  ['/', 1],
  ['\\', 1],
  ['=', 2],
  ['#', 3],
  ['$', 3],
  [':', 4],
] as const)
  ORDERS[character.charCodeAt(0)] = order;

/** Atomic numbers of what is written bare with one letter, aromatic ones above 128. */
const ELEMENTS = new Uint8Array(128);
for (const symbol of 'BCNOPSFI') ELEMENTS[symbol.charCodeAt(0)] = atomicNumberOf(symbol) ?? 0;
for (const symbol of 'bcnops')
  ELEMENTS[symbol.charCodeAt(0)] = 128 + (atomicNumberOf(symbol.toUpperCase()) ?? 0);

const BRACKET =
  /\[(\d{0,3})([A-Z][a-z]?|[a-z]{1,2})(@{0,2})(H\d?)?(\+\d{1,2}|-\d{1,2}|\+{1,2}|-{1,2})?(:\d{1,4})?\]/y;
const NOTHING = 0;
const ATOM = 1;
const BOND = 2;
const OPENED = 3;
const DOT = 4;

/**
 * Draws what `smiles` writes; undefined where it is not as SMILES should be, without saying why (see scanSmiles).
 * Whether atoms can have their bonds is not looked at.
 */
export function sketchOf(smiles: string): Sketch | undefined {
  const { element, charge, hydrogens, aromatic, begin, end, order } = sketch;
  const length = smiles.length;
  if (length === 0 || length > capacity) return undefined;
  let atoms = 0;
  let bonds = 0;
  let ringBonds = 0;
  let isOpenRing = 0;
  let fragments = 0;
  let depth = 0;
  let current = -1;
  let pending = 0;
  let last = NOTHING;
  let hasStereo = false;
  let hasRarity = false;
  openAtom.fill(-1);

  let index = 0;
  while (index < length) {
    const code = smiles.charCodeAt(index);
    if (code > 127) return undefined;
    let atom = ELEMENTS[code] ?? 0;
    let width = 1;
    if (code === 66 && smiles.charCodeAt(index + 1) === 114) {
      atom = 35;
      width = 2;
    } else if (code === 67 && smiles.charCodeAt(index + 1) === 108) {
      atom = 17;
      width = 2;
    }
    const isBracket = code === 91;
    if (atom !== 0 || isBracket) {
      if (isBracket) {
        BRACKET.lastIndex = index;
        const match = BRACKET.exec(smiles);
        if (match === null) return undefined;
        const [text, isotope, symbol = '', chirality, written, sign, label] = match;
        const capital = capitalised(symbol);
        const number = atomicNumberOf(capital);
        const isAromatic = symbol !== capital;
        if (number === undefined || (isAromatic && !AROMATIC_SYMBOLS.has(symbol))) return undefined;
        element[atoms] = number;
        aromatic[atoms] = isAromatic ? 1 : 0;
        charge[atoms] = chargeOf(sign);
        hydrogens[atoms] = written === undefined ? 0 : written === 'H' ? 1 : Number(written.slice(1));
        if (chirality !== '') hasStereo = true;
        if (isotope !== '' || label !== undefined) hasRarity = true;
        width = text.length;
      } else {
        element[atoms] = atom & 127;
        aromatic[atoms] = atom >> 7;
        charge[atoms] = 0;
        hydrogens[atoms] = BARE;
      }
      if (current >= 0) {
        begin[bonds] = current;
        end[bonds] = atoms;
        order[bonds++] = pending;
      } else fragments += 1;
      pending = 0;
      current = atoms++;
      last = ATOM;
      index += width;
    } else if (code === 40) {
      if (current < 0 || last === BOND || last === OPENED) return undefined;
      branches[depth++] = current;
      last = OPENED;
      index += 1;
    } else if (code === 41) {
      if (depth === 0 || last !== ATOM) return undefined;
      current = branches[--depth] ?? -1;
      index += 1;
    } else if (code === 46) {
      if (current < 0 || last !== ATOM) return undefined;
      current = -1;
      last = DOT;
      index += 1;
    } else if (code === 37 || (code >= 48 && code <= 57)) {
      if (current < 0 || last === OPENED) return undefined;
      let label = code - 48;
      if (code === 37) {
        label = Number(smiles.slice(index + 1, index + 3));
        if (!(label >= 10)) return undefined;
        width = 3;
      }
      const start = openAtom[label] ?? -1;
      if (start < 0) {
        openAtom[label] = current;
        openOrder[label] = pending;
        isOpenRing += 1;
      } else {
        const first = openOrder[label] ?? 0;
        if (start === current || (first !== 0 && pending !== 0 && first !== pending)) return undefined;
        for (let bond = 0; bond < bonds; bond++) {
          const a = begin[bond];
          const b = end[bond];
          if ((a === start && b === current) || (a === current && b === start)) return undefined;
        }
        openAtom[label] = -1;
        isOpenRing -= 1;
        ringBonds += 1;
        begin[bonds] = start;
        end[bonds] = current;
        order[bonds++] = pending === 0 ? first : pending;
      }
      pending = 0;
      last = ATOM;
      index += width;
    } else {
      if (current < 0 || last === BOND) return undefined;
      const next = smiles.charCodeAt(index + 1);
      const isDative = (code === 45 && next === 62) || (code === 60 && next === 45);
      pending = isDative || code === 126 ? 1 : (ORDERS[code] ?? 0);
      if (pending === 0) return undefined;
      if (isDative || code === 126 || code === 36) hasRarity = true;
      if (code === 47 || code === 92) hasStereo = true;
      last = BOND;
      index += isDative ? 2 : 1;
    }
  }
  if (last !== ATOM || depth > 0 || isOpenRing > 0) return undefined;
  sketch.atoms = atoms;
  sketch.bonds = bonds;
  sketch.ringBonds = ringBonds;
  sketch.fragments = fragments;
  sketch.hasStereo = hasStereo;
  sketch.hasRarity = hasRarity;
  return sketch;
}

function chargeOf(sign: string | undefined): number {
  if (sign === undefined) return 0;
  const digits = sign.slice(1);
  const size = digits >= '0' && digits <= '99' ? Number(digits) : sign.length;
  return sign.startsWith('-') ? -size : size;
}
