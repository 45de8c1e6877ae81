/**
 * What may follow in a SMILES without aromatic letters (a Kekulé SMILES): every one that ends is a molecule. Brackets
 * balance, rings close, no bond leads nowhere, and no atom has more bonds than its valence. What is forbidden includes
 * everything after which the SMILES could not be ended. So a warmer temperature (more variety) costs no validity; which
 * molecules are likely is left to the model. Same rules as training/sillage_training/generator/grammar.py.
 */
type TokenKind =
  | typeof NEVER
  | typeof ATOM
  | typeof BOND
  | typeof OPEN
  | typeof CLOSE
  | typeof RING
  | typeof END;

/** Numbers, because every token of every step is told apart by them. */
const NEVER = 0;
const ATOM = 1;
const BOND = 2;
const OPEN = 3;
const CLOSE = 4;
const RING = 5;
const END = 6;

/** Most bonds of a neutral atom; RDKit fills what is missing with hydrogen. */
const VALENCES: Readonly<Record<string, number>> = {
  C: 4,
  N: 3,
  O: 2,
  S: 6,
  P: 5,
  F: 1,
  Cl: 1,
  Br: 1,
  I: 1,
};

const ORDERS: Readonly<Record<string, number>> = { '-': 1, '=': 2, '#': 3 };

/** The kind of every token of a vocabulary, valences of atoms, orders of bonds, numbers of rings, by token. */
export class Grammar {
  readonly kinds: Uint8Array;
  /** Bonds that an atom token may have; 0 for other tokens. */
  readonly valences: Uint8Array;
  /** True for an atom in brackets: it has no implicit hydrogens, so it must have all of its bonds. */
  readonly isExact: readonly boolean[];
  /** Order of a bond token; 0 for other tokens. */
  readonly orders: Uint8Array;
  /** For each ring digit its place among them; 0 for other tokens. */
  readonly ringNumbers: Uint8Array;
  /** How many ring digits there are. */
  readonly rings: number;

  /**
   * `end` is the token that ends a SMILES; `never` those that may not be written (padding, start).
   * @throws Error for an atom token whose valence is not known.
   */
  constructor(tokens: readonly string[], end: number, never: readonly number[]) {
    const kinds = tokens.map((text, token) => {
      if (token === end) return END;
      return never.includes(token) ? NEVER : kindOf(text);
    });
    this.kinds = Uint8Array.from(kinds);
    this.valences = Uint8Array.from(tokens, (text, token) => (kinds[token] === ATOM ? valenceOf(text) : 0));
    this.isExact = tokens.map((text) => text.startsWith('['));
    this.orders = Uint8Array.from(tokens, (text) => ORDERS[text] ?? 0);
    const rings = tokens.flatMap((_, token) => (kinds[token] === RING ? [token] : []));
    this.ringNumbers = Uint8Array.from(tokens, (_, token) => Math.max(0, rings.indexOf(token)));
    this.rings = rings.length;
  }
}

function kindOf(text: string): TokenKind {
  if (text === '(') return OPEN;
  if (text === ')') return CLOSE;
  if (ORDERS[text] !== undefined) return BOND;
  return /^[%\d]/.test(text) ? RING : ATOM;
}

function valenceOf(text: string): number {
  const [, element = text, hydrogen = '', count = '', charge = ''] =
    /^\[([A-Z][a-z]?)(H?)(\d?)([+-]?)\]$/.exec(text) ?? [];
  const neutral = element === 'S' && charge !== '' ? 2 : VALENCES[element];
  if (neutral === undefined) throw new Error(`no valence for the token ${text}`);
  // A cation of carbon lacks a pair of electrons, one of nitrogen or oxygen shares one more.
  const gain = charge === '' ? 0 : charge === '+' && element !== 'C' ? 1 : -1;
  return neutral + gain - (hydrogen === '' ? 0 : Number(count || 1));
}

const NO_ATOM = -1;

/** One SMILES being written, token by token. */
export class Writing {
  private readonly grammar: Grammar;
  private previous: number = NEVER;
  /** Order of the bond that leads to the next atom. */
  private order = 1;
  private beginsBranch = false;
  private current = NO_ATOM;
  /** Atoms whose branches are open. */
  private readonly branches: number[] = [];
  /** The atom that each atom hangs on, and how many bonds it has left. */
  private readonly parents: number[] = [];
  private readonly free: number[] = [];
  private readonly isExact: boolean[] = [];
  /** For each ring number the atom where it is open. */
  private readonly openAt: Int32Array;
  private openRings = 0;
  /** Atoms that rings closed on the current atom lead to. */
  private partners: number[] = [];

  constructor(grammar: Grammar) {
    this.grammar = grammar;
    this.openAt = new Int32Array(grammar.rings).fill(NO_ATOM);
  }

  /** Writes the tokens that may come next into `allowed`, in their order, and returns how many there are: at least one. */
  listAllowed(allowed: Uint16Array): number {
    const { kinds, valences, orders, ringNumbers } = this.grammar;
    const { previous } = this;
    const isFirst = previous === NEVER;
    const afterAtom = previous === ATOM || previous === RING;
    const free = this.free[this.current] ?? 0;
    const isExact = this.isExact[this.current] ?? false;
    const isMain = this.branches.length === 0;
    // On the main way and outside every branch, an atom without a free bond would be the end.
    const least = this.order + (this.openRings > 0 && isMain ? 1 : 0);
    const atomMay = isFirst || previous === BOND || this.reaches(1);
    const mayStop = afterAtom && (free === 0 || !isExact);
    const mayOpen = (afterAtom || previous === CLOSE) && free >= 2;
    const bondMay = !isFirst && previous !== BOND;
    const ringMay = afterAtom && free >= 1;
    let count = 0;
    for (let token = 0; token < kinds.length; token++) {
      let isAllowed = false;
      switch (kinds[token]) {
        case ATOM:
          isAllowed = isFirst || (atomMay && (valences[token] ?? 0) >= least);
          break;
        case BOND:
          isAllowed = bondMay && this.reaches(orders[token] ?? 0);
          break;
        case OPEN:
          isAllowed = mayOpen;
          break;
        case CLOSE:
          isAllowed = mayStop && !isMain;
          break;
        case END:
          isAllowed = mayStop && isMain && this.openRings === 0;
          break;
        case RING:
          isAllowed = ringMay && this.ringMay(ringNumbers[token] ?? 0, free);
          break;
      }
      if (isAllowed) allowed[count++] = token;
    }
    return count;
  }

  /** Takes note of the token that was written. */
  append(token: number): void {
    const { grammar } = this;
    const kind = grammar.kinds[token] ?? NEVER;
    if (kind === ATOM) this.appendAtom(token);
    else if (kind === BOND) this.order = grammar.orders[token] ?? 1;
    else if (kind === OPEN) {
      this.branches.push(this.current);
      this.beginsBranch = true;
    } else if (kind === CLOSE) this.current = this.branches.pop() ?? NO_ATOM;
    else if (kind === RING) this.toggleRing(grammar.ringNumbers[token] ?? 0);
    this.previous = kind;
  }

  /**
   * Whether a bond of this order may lead on from here. A branch leaves a bond for the way on; the way on takes all
   * bonds of an atom that must have all.
   */
  private reaches(order: number): boolean {
    const free = this.free[this.current] ?? 0;
    if (this.beginsBranch) return free > order;
    return this.isExact[this.current] ? free === order : free >= order;
  }

  private ringMay(number: number, free: number): boolean {
    const other = this.openAt[number] ?? NO_ATOM;
    // The ring's bond, and one to go on with.
    if (other === NO_ATOM) return free >= 2;
    // A ring bond to itself, to its own neighbour, or twice to the same atom is no molecule.
    if (other === this.current || other === this.parents[this.current] || this.partners.includes(other)) {
      return false;
    }
    return free > 1 || this.openRings === 1 || this.branches.length > 0;
  }

  private appendAtom(token: number): void {
    const isFirst = this.current === NO_ATOM;
    if (!isFirst) this.take(this.order);
    this.parents.push(this.current);
    this.free.push((this.grammar.valences[token] ?? 0) - (isFirst ? 0 : this.order));
    this.isExact.push(this.grammar.isExact[token] ?? false);
    this.current = this.parents.length - 1;
    this.partners = [];
    this.order = 1;
    this.beginsBranch = false;
  }

  private toggleRing(number: number): void {
    const other = this.openAt[number] ?? NO_ATOM;
    this.take(1);
    if (other === NO_ATOM) {
      this.openAt[number] = this.current;
      this.openRings++;
    } else {
      this.partners.push(other);
      this.openAt[number] = NO_ATOM;
      this.openRings--;
    }
  }

  private take(bonds: number): void {
    this.free[this.current] = (this.free[this.current] ?? 0) - bonds;
  }
}
