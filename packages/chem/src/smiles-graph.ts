import { atomicNumberOf, capitalised } from './elements.ts';
import type { Atom, Bond, MolGraph } from './graph.ts';
import { ringsOf } from './rings.ts';

/** Allowed valences of the atoms that RDKit writes without brackets, lowest first. */
const VALENCES: Readonly<Record<string, readonly number[]>> = {
  B: [3],
  C: [4],
  N: [3],
  O: [2],
  P: [3, 5, 7],
  S: [2, 4, 6],
  F: [1],
  Cl: [1],
  Br: [1],
  I: [1, 3, 5],
  '*': [],
};

const BRACKET = /\[\d*([A-Z][a-z]?|[a-z]{1,2}|\*)@*(?:H(\d*))?(\+\d+|-\d+|\++|-+)?(?::\d+)?\]/y;
const RING = /%\((\d+)\)|%(\d\d)|(\d)/y;
const BOND_ORDERS: Readonly<Record<string, Bond['order']>> = { '-': 1, '=': 2, '#': 3, $: 3, ':': 4 };

interface OpenRing {
  readonly atom: number;
  readonly order: Bond['order'] | undefined;
}

/**
 * The graph of a canonical SMILES without stereo, atoms in the order in which they are written. Only for what RDKit
 * wrote: nothing is checked, aromaticity is taken as it stands. A quadruple bond counts as a triple one, a dative or
 * unspecified bond as a single one. Several times faster than the JSON that RDKit gives of a molecule.
 */
export function graphOfCanonical(smiles: string): MolGraph {
  const atoms: Atom[] = [];
  const bonds: Bond[] = [];
  /** Twice the sum of bond orders of each atom, and what its hydrogens follow from; undefined: they are written. */
  const bare: (readonly number[] | undefined)[] = [];
  const twiceOrders: number[] = [];
  const branches: number[] = [];
  const open = new Map<string, OpenRing>();
  let current = -1;
  let order: Bond['order'] | undefined;
  let closures = 0;

  const link = (begin: number, end: number, written: Bond['order'] | undefined) => {
    const isAromatic = atoms[begin]?.aromatic === true && atoms[end]?.aromatic === true;
    const kind = written ?? (isAromatic ? 4 : 1);
    bonds.push({ begin, end, order: kind });
    for (const atom of [begin, end])
      twiceOrders[atom] = (twiceOrders[atom] ?? 0) + (kind === 4 ? 3 : kind * 2);
  };
  const place = (atom: Atom, valences: readonly number[] | undefined) => {
    const number = atoms.push(atom) - 1;
    bare.push(valences);
    twiceOrders.push(0);
    if (current >= 0) link(current, number, order);
    current = number;
    order = undefined;
  };

  for (let index = 0; index < smiles.length; ) {
    const character = smiles.charAt(index);
    if (character === '[') {
      BRACKET.lastIndex = index;
      const match = BRACKET.exec(smiles);
      if (match === null) throw new Error(`bracket atom at ${index} of ${smiles} is not as RDKit writes it`);
      place(bracketAtom(match), undefined);
      index = BRACKET.lastIndex;
    } else if (character === '(') {
      branches.push(current);
      index += 1;
    } else if (character === ')') {
      current = branches.pop() ?? -1;
      index += 1;
    } else if (character === '.') {
      current = -1;
      index += 1;
    } else if (character in BOND_ORDERS) {
      // "->" and "<-" are dative bonds.
      order = smiles.charAt(index + 1) === '>' ? 1 : BOND_ORDERS[character];
      index += smiles.charAt(index + 1) === '>' ? 2 : 1;
    } else if (character === '<' || character === '~') {
      order = 1;
      index += character === '<' ? 2 : 1;
    } else if (character === '%' || (character >= '0' && character <= '9')) {
      RING.lastIndex = index;
      const [text = character, ...labels] = RING.exec(smiles) ?? [];
      const label = labels.find((one) => one !== undefined) ?? text;
      const start = open.get(label);
      if (start === undefined) open.set(label, { atom: current, order });
      else {
        open.delete(label);
        closures += 1;
        link(start.atom, current, order ?? start.order);
      }
      order = undefined;
      index += text.length;
    } else {
      const two = smiles.slice(index, index + 2);
      const symbol = two === 'Cl' || two === 'Br' ? two : character;
      const capital = capitalised(symbol);
      const valences = VALENCES[capital];
      if (valences === undefined) throw new Error(`${symbol} at ${index} of ${smiles} is no bare atom`);
      const aromatic = symbol !== capital;
      place(
        { atomicNumber: atomicNumberOf(capital) ?? 0, charge: 0, hydrogens: 0, aromatic },
        // An aromatic atom has its lowest valence; more than that and it has no hydrogen.
        aromatic ? valences.slice(0, 1) : valences,
      );
      index += symbol.length;
    }
  }
  const complete = atoms.map((atom, number) => {
    const valences = bare[number];
    if (valences === undefined) return atom;
    const used = Math.ceil((twiceOrders[number] ?? 0) / 2);
    const valence = valences.find((one) => one >= used);
    return valence === undefined || valence === used ? atom : { ...atom, hydrogens: valence - used };
  });
  return { atoms: complete, bonds, rings: closures === 0 ? [] : ringsOf(complete.length, bonds) };
}

function bracketAtom([, symbol = '', hydrogens, charge = '']: RegExpExecArray): Atom {
  const capital = capitalised(symbol);
  const sign = charge.startsWith('-') ? -1 : 1;
  const digits = charge.replace(/^[+-]+/, '');
  return {
    atomicNumber: atomicNumberOf(capital) ?? 0,
    charge: charge === '' ? 0 : sign * (digits === '' ? charge.length : Number(digits)),
    hydrogens: hydrogens === undefined ? 0 : Number(hydrogens || '1'),
    aromatic: symbol !== capital,
  };
}
