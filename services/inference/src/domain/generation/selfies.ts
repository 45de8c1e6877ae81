/**
 * From SELFIES tokens to SMILES (Krenn et al. 2020, doi 10.1088/2632-2153/aba947; version 2: Lo et al. 2023, doi
 * 10.1039/d3dd00044c). Any row of tokens is a molecule: what its place does not allow is weakened or skipped. One
 * difference to the reference: a charged atom with too few bonds gets hydrogens, as neutral ones do. Writes the same text
 * as training/sillage_training/generator/selfies_text.py; golden.json of the diffusion model holds both to it.
 */

/** Most bonds of an atom, hydrogens included. */
const CAPACITIES: Readonly<Record<string, number>> = {
  C: 4,
  N: 3,
  O: 2,
  S: 6,
  P: 5,
  F: 1,
  Cl: 1,
  Br: 1,
  I: 1,
  'C+': 3,
  'C-': 3,
  'N+': 4,
  'N-': 2,
  'O+': 3,
  'O-': 1,
  'S+': 5,
  'S-': 5,
  'P+': 4,
  'P-': 6,
};

/** What a token counts for behind a branch or a ring: a digit of base 16. */
const DIGITS = new Map(
  '[C] [Ring1] [Ring2] [Branch1] [=Branch1] [#Branch1] [Branch2] [=Branch2] [#Branch2] [O] [N] [=N] [=C] [#C] [S] [P]'
    .split(' ')
    .map((token, value) => [token, value]),
);

const ORDERS: Readonly<Record<string, number>> = { '': 1, '=': 2, '#': 3 };
const BONDS = ['', '', '=', '#'];

interface AtomToken {
  readonly kind: 'atom';
  readonly order: number;
  readonly element: string;
  readonly charge: string;
  readonly hydrogens: number;
  readonly capacity: number;
}

/** A branch or a ring, whose length the next `digits` tokens tell. */
interface LinkToken {
  readonly kind: 'branch' | 'ring';
  readonly order: number;
  readonly digits: number;
}

type Token = (AtomToken | LinkToken) & { readonly value: number };

interface Atom {
  readonly token: AtomToken;
  readonly parent: number;
  readonly children: number[];
  /** Order of the bond to the parent; 0 for the first atom. */
  order: number;
  used: number;
}

interface RingBond {
  readonly low: number;
  readonly high: number;
  order: number;
}

const NO_ATOM = -1;

/** Reads molecules in the tokens of one vocabulary. */
export class Selfies {
  readonly #tokens: readonly (Token | undefined)[];

  /** `tokens`: text by id. Ids below `first` are no text (padding, mask). @throws Error for a token it cannot read. */
  constructor(tokens: readonly string[], first: number) {
    this.#tokens = tokens.map((text, id) => (id < first ? undefined : tokenOf(text)));
  }

  /** SMILES (Kekulé, not canonical) of token ids; empty where they hold no atom. */
  decode(ids: ArrayLike<number>): string {
    const tokens = Array.from(ids, (id) => this.#tokens[id]).filter((token) => token !== undefined);
    const reading = new Reading(tokens);
    return reading.smiles();
  }
}

function tokenOf(text: string): Token {
  const value = DIGITS.get(text) ?? 0;
  const link = /^\[([=#]?)(Branch|Ring)([12])\]$/.exec(text);
  if (link) {
    const [, bond = '', kind, digits] = link;
    const order = ORDERS[bond] ?? 1;
    return { kind: kind === 'Ring' ? 'ring' : 'branch', order, digits: Number(digits), value };
  }
  const [, bond = '', element = '', count = '0', charge = ''] =
    /^\[([=#]?)([A-Z][a-z]?)(?:H(\d))?(?:([+-])1)?\]$/.exec(text) ?? [];
  const capacity = CAPACITIES[element + charge];
  if (capacity === undefined) throw new Error(`no SELFIES token: ${text}`);
  const hydrogens = Number(count);
  const order = ORDERS[bond] ?? 1;
  return { kind: 'atom', order, element, charge, hydrogens, capacity: capacity - hydrogens, value };
}

class Reading {
  readonly #tokens: readonly Token[];
  readonly #atoms: Atom[] = [];
  readonly #rings: RingBond[] = [];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  smiles(): string {
    this.#derive(this.#tokens.length, 0, NO_ATOM);
    return this.#write();
  }

  /** Reads `length` tokens from here: what hangs on `root`, which has `free` bonds for it. */
  #derive(length: number, free: number, root: number): void {
    const end = Math.min(this.#at + length, this.#tokens.length);
    let last = root;
    let left = free;
    while (this.#at < end) {
      const token = this.#tokens[this.#at++];
      if (token === undefined) break;
      if (token.kind === 'atom') {
        const order = last === NO_ATOM ? 0 : Math.min(token.order, left, token.capacity);
        last = this.#append(token, last, order);
        left = token.capacity - order;
      } else if (last === NO_ATOM) {
        // Nothing to hang on yet.
        continue;
      } else if (token.kind === 'branch') {
        if (left <= 1) continue;
        const inside = Math.min(left - 1, token.order);
        left -= inside;
        this.#derive(this.#index(token.digits) + 1, inside, last);
      } else {
        const order = Math.min(token.order, left);
        this.#rings.push({ low: Math.max(0, last - this.#index(token.digits) - 1), high: last, order });
        left -= order;
      }
      if (left === 0) break;
    }
    this.#at = Math.max(this.#at, end);
  }

  #index(digits: number): number {
    let value = 0;
    for (let digit = 0; digit < digits; digit++) value = value * 16 + (this.#tokens[this.#at++]?.value ?? 0);
    return value;
  }

  #append(token: AtomToken, parent: number, order: number): number {
    const number = this.#atoms.length;
    this.#atoms.push({ token, parent, children: [], order, used: order });
    const above = this.#atoms[parent];
    if (above !== undefined) {
      above.used += order;
      above.children.push(number);
    }
    return number;
  }

  /** The ring bonds that their atoms have room for. */
  #closeRings(): RingBond[] {
    const made: RingBond[] = [];
    for (const ring of this.#rings) {
      const low = this.#atoms[ring.low];
      const high = this.#atoms[ring.high];
      if (low === undefined || high === undefined || low === high) continue;
      const room = Math.min(low.token.capacity - low.used, high.token.capacity - high.used, ring.order);
      if (room <= 0) continue;
      // Neighbours already, by the chain or by a ring: their bond grows instead.
      const there =
        high.parent === ring.low ? high : made.find((one) => one.low === ring.low && one.high === ring.high);
      const before = there?.order ?? 0;
      const order = Math.min(before + room, 3);
      if (there === undefined) made.push({ ...ring, order });
      else there.order = order;
      low.used += order - before;
      high.used += order - before;
    }
    return made;
  }

  #write(): string {
    const marks = this.#atoms.map(() => '');
    for (const [index, { low, high, order }] of this.#closeRings().entries()) {
      const digit = index < 9 ? `${index + 1}` : `%${index + 1}`;
      marks[low] += (BONDS[order] ?? '') + digit;
      marks[high] += digit;
    }
    // Children stand behind their parents, so from the end each finds its children written.
    const texts: string[] = [];
    for (let number = this.#atoms.length - 1; number >= 0; number--) {
      const atom = this.#atoms[number];
      if (atom === undefined) continue;
      const parts = atom.children.map((child) => texts[child] ?? '');
      const main = parts.pop() ?? '';
      const branches = parts.map((part) => `(${part})`).join('');
      texts[number] = `${BONDS[atom.order] ?? ''}${nameOf(atom)}${marks[number] ?? ''}${branches}${main}`;
    }
    return texts[0] ?? '';
  }
}

function nameOf({ token, used }: Atom): string {
  if (token.charge === '') return token.element;
  const hydrogens = token.hydrogens + token.capacity - used;
  const written = hydrogens === 0 ? '' : hydrogens === 1 ? 'H' : `H${hydrogens}`;
  return `[${token.element}${written}${token.charge}]`;
}
