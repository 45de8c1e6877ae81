/**
 * What may follow in a SMILES: brackets balance, rings close, no bond leads nowhere. The model has learned this nearly
 * always; the sampler makes it certain, so that a warmer temperature (more variety) costs fewer invalid molecules.
 * Valence and aromaticity are left to the model. Same rules as training/sillage_training/generator/grammar.py.
 */
export type TokenKind = 'atom' | 'bond' | 'open' | 'close' | 'ring' | 'end' | 'never';

/** The kind of every token of a vocabulary, and the number of every ring token. */
export class Grammar {
  readonly kinds: readonly TokenKind[];
  /** Token ids of the ring digits, in order. */
  readonly ringTokens: readonly number[];

  /** `end` is the token that ends a SMILES; `never` those that may not be written (padding, start). */
  constructor(tokens: readonly string[], end: number, never: readonly number[]) {
    this.kinds = tokens.map((text, token) => {
      if (token === end) return 'end';
      return never.includes(token) ? 'never' : kindOf(text);
    });
    this.ringTokens = tokens.flatMap((_, token) => (this.kinds[token] === 'ring' ? [token] : []));
  }
}

function kindOf(text: string): TokenKind {
  if (text === '(') return 'open';
  if (text === ')') return 'close';
  if (/^[-=#:/\\]$/.test(text)) return 'bond';
  return /^[%\d]/.test(text) ? 'ring' : 'atom';
}

const NO_ATOM = -1;

/** One SMILES being written, token by token. */
export class Writing {
  private readonly grammar: Grammar;
  private previous: TokenKind = 'never';
  private canRing = false;
  private current = NO_ATOM;
  /** Atoms whose branches are open. */
  private readonly branches: number[] = [];
  /** The atom that each atom hangs on. */
  private readonly parents: number[] = [];
  /** For each ring number the atom where it is open. */
  private readonly openAt: Int32Array;
  private openRings = 0;
  /** Atoms that rings closed on the current atom lead to. */
  private partners: number[] = [];

  constructor(grammar: Grammar) {
    this.grammar = grammar;
    this.openAt = new Int32Array(grammar.ringTokens.length).fill(NO_ATOM);
  }

  /** Writes -Infinity into `scores` for every token that may not come next. An atom always may. */
  forbid(scores: Float64Array): void {
    const afterAtom = this.previous === 'atom' || this.previous === 'ring' || this.previous === 'close';
    const canEnd = afterAtom && this.branches.length === 0 && this.openRings === 0;
    for (const [token, kind] of this.grammar.kinds.entries()) {
      const allowed =
        kind === 'atom' ||
        (kind === 'bond' && (afterAtom || this.previous === 'open')) ||
        (kind === 'open' && afterAtom) ||
        (kind === 'close' && afterAtom && this.branches.length > 0) ||
        (kind === 'ring' && this.canRing) ||
        (kind === 'end' && canEnd);
      if (!allowed) scores[token] = -Infinity;
    }
    if (!this.canRing || this.openRings === 0) return;
    for (const [number, token] of this.grammar.ringTokens.entries()) {
      const other = this.openAt[number] ?? NO_ATOM;
      // A ring bond to itself, to its own neighbour, or twice to the same atom is no molecule.
      if (
        other !== NO_ATOM &&
        (other === this.current || other === this.parents[this.current] || this.partners.includes(other))
      ) {
        scores[token] = -Infinity;
      }
    }
  }

  /** Takes note of the token that was written. */
  append(token: number): void {
    const kind = this.grammar.kinds[token] ?? 'never';
    if (kind === 'atom') {
      this.parents.push(this.current);
      this.current = this.parents.length - 1;
      this.partners = [];
      this.canRing = true;
    } else if (kind === 'open') {
      this.branches.push(this.current);
      this.canRing = false;
    } else if (kind === 'close') {
      this.current = this.branches.pop() ?? NO_ATOM;
      this.canRing = false;
    } else if (kind === 'ring') {
      this.toggleRing(this.grammar.ringTokens.indexOf(token));
    }
    this.previous = kind;
  }

  private toggleRing(number: number): void {
    const other = this.openAt[number] ?? NO_ATOM;
    if (other === NO_ATOM) {
      this.openAt[number] = this.current;
      this.openRings++;
    } else {
      this.partners.push(other);
      this.openAt[number] = NO_ATOM;
      this.openRings--;
    }
  }
}
