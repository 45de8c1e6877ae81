/**
 * What may follow in a SMILES without aromatic letters (a Kekulé SMILES): every one that ends is a molecule. Brackets
 * balance, rings close, no bond leads nowhere, and no atom has more bonds than its valence. What is forbidden includes
 * everything after which the SMILES could not be ended. So a warmer temperature (more variety) costs no validity; which
 * molecules are likely is left to the model. Same rules as training/sillage_training/generator/grammar.py.
 */
export type TokenKind = 'atom' | 'bond' | 'open' | 'close' | 'ring' | 'end' | 'never';

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

/** The kind of every token of a vocabulary, valences of atoms, orders of bonds, numbers of rings. */
export class Grammar {
  readonly kinds: readonly TokenKind[];
  /** Bonds that an atom token may have; 0 for other tokens. */
  readonly valences: readonly number[];
  /** True for an atom in brackets: it has no implicit hydrogens, so it must have all of its bonds. */
  readonly isExact: readonly boolean[];
  /** Order of a bond token; 0 for other tokens. */
  readonly orders: readonly number[];
  /** Token ids of the ring digits, in order. */
  readonly ringTokens: readonly number[];

  /**
   * `end` is the token that ends a SMILES; `never` those that may not be written (padding, start).
   * @throws Error for an atom token whose valence is not known.
   */
  constructor(tokens: readonly string[], end: number, never: readonly number[]) {
    this.kinds = tokens.map((text, token) => {
      if (token === end) return 'end';
      return never.includes(token) ? 'never' : kindOf(text);
    });
    this.valences = tokens.map((text, token) => (this.kinds[token] === 'atom' ? valenceOf(text) : 0));
    this.isExact = tokens.map((text) => text.startsWith('['));
    this.orders = tokens.map((text) => ORDERS[text] ?? 0);
    this.ringTokens = tokens.flatMap((_, token) => (this.kinds[token] === 'ring' ? [token] : []));
  }
}

function kindOf(text: string): TokenKind {
  if (text === '(') return 'open';
  if (text === ')') return 'close';
  if (ORDERS[text] !== undefined) return 'bond';
  return /^[%\d]/.test(text) ? 'ring' : 'atom';
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
  private previous: TokenKind = 'never';
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
    this.openAt = new Int32Array(grammar.ringTokens.length).fill(NO_ATOM);
  }

  /** Writes -Infinity into `scores` for every token that may not come next; one always may. */
  forbid(scores: Float64Array): void {
    const { grammar, previous } = this;
    const isFirst = previous === 'never';
    const afterAtom = previous === 'atom' || previous === 'ring';
    const free = this.free[this.current] ?? 0;
    const isExact = this.isExact[this.current] ?? false;
    const isMain = this.branches.length === 0;
    // On the main way and outside every branch, an atom without a free bond would be the end.
    const least = this.order + (this.openRings > 0 && isMain ? 1 : 0);
    const atomMay = isFirst || previous === 'bond' || this.reaches(1);
    const mayStop = afterAtom && (free === 0 || !isExact);
    for (let token = 0; token < scores.length; token++) {
      let allowed = false;
      switch (grammar.kinds[token]) {
        case 'atom':
          allowed = isFirst || (atomMay && (grammar.valences[token] ?? 0) >= least);
          break;
        case 'bond':
          allowed = !isFirst && previous !== 'bond' && this.reaches(grammar.orders[token] ?? 0);
          break;
        case 'open':
          allowed = (afterAtom || previous === 'close') && free >= 2;
          break;
        case 'close':
          allowed = mayStop && !isMain;
          break;
        case 'end':
          allowed = mayStop && isMain && this.openRings === 0;
          break;
        case 'ring':
          allowed = afterAtom && free >= 1 && this.ringMay(grammar.ringTokens.indexOf(token), free);
          break;
      }
      if (!allowed) scores[token] = -Infinity;
    }
  }

  /** Takes note of the token that was written. */
  append(token: number): void {
    const { grammar } = this;
    const kind = grammar.kinds[token] ?? 'never';
    if (kind === 'atom') this.appendAtom(token);
    else if (kind === 'bond') this.order = grammar.orders[token] ?? 1;
    else if (kind === 'open') {
      this.branches.push(this.current);
      this.beginsBranch = true;
    } else if (kind === 'close') this.current = this.branches.pop() ?? NO_ATOM;
    else if (kind === 'ring') this.toggleRing(grammar.ringTokens.indexOf(token));
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
