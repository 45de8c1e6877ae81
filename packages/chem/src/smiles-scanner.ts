import { BARE_SYMBOLS } from './elements.ts';
import { readBracketAtom, type WrittenAtom } from './smiles-bracket.ts';
import { fail } from './smiles-problem.ts';
import { refuseCharacter } from './smiles-refusal.ts';

interface Mark {
  readonly index: number;
  readonly text: string;
}

interface OpenRing extends Mark {
  readonly atom: number;
  readonly bond: string | undefined;
}

interface OpenBranch {
  readonly index: number;
  /** The atom that the chain goes on from once the branch is closed. */
  readonly atom: number;
}

const BOND_NAMES: Readonly<Record<string, string>> = {
  '-': 'single',
  '/': 'single',
  '\\': 'single',
  '=': 'double',
  '#': 'triple',
  $: 'quadruple',
  ':': 'aromatic',
};

/** Reads one SMILES from left to right; throws SmilesFault at the first fault. */
export class SmilesScanner {
  private readonly text: string;
  private readonly atoms: WrittenAtom[] = [];
  private readonly rings = new Map<string, OpenRing>();
  private readonly branches: OpenBranch[] = [];
  /** Bonded pairs as `lower * 1024 + higher`: the text limit keeps atom numbers below 1,024. */
  private readonly bonded = new Set<number>();
  private index = 0;
  private ringBonds = 0;
  /** Atom that the next one bonds to; `undefined` at the start and after a dot. */
  private current: number | undefined;
  private bond: Mark | undefined;
  private dot: Mark | undefined;
  /** Index of a `(` that nothing has followed yet. */
  private freshBranch: number | undefined;

  constructor(text: string) {
    this.text = text;
  }

  run(): { atoms: readonly WrittenAtom[]; ringBonds: number } {
    while (this.index < this.text.length) this.step(this.text.charAt(this.index));
    this.finish();
    return { atoms: this.atoms, ringBonds: this.ringBonds };
  }

  private step(character: string): void {
    if (character === '[') this.addAtom(readBracketAtom(this.text, this.index));
    else if (character >= '0' && character <= '9') this.ring(character, 1, character);
    else if (character === '%') this.percentRing();
    else if (character in BOND_NAMES) this.readBond(character);
    else if (character === '(') this.openBranch();
    else if (character === ')') this.closeBranch();
    else if (character === '.') this.readDot();
    else this.bareAtom(character);
  }

  private bareAtom(character: string): void {
    const two = this.text.slice(this.index, this.index + 2);
    const symbol = two === 'Cl' || two === 'Br' ? two : character;
    if (symbol === character && !BARE_SYMBOLS.has(character)) refuseCharacter(this.text, this.index);
    this.addAtom({ symbol, position: this.index + 1, length: symbol.length, charge: 0 });
  }

  private addAtom(atom: WrittenAtom): void {
    const number = this.atoms.push(atom) - 1;
    if (this.current !== undefined) this.bonded.add(this.current * 1024 + number);
    this.current = number;
    this.bond = undefined;
    this.dot = undefined;
    this.freshBranch = undefined;
    this.index += atom.length;
  }

  private readBond(character: string): void {
    const position = this.index + 1;
    if (character === '-' && this.text.charAt(this.index + 1) === '>') {
      fail(
        this.index,
        2,
        `dative bond '->' at position ${position} is not part of SMILES`,
        'write it as an ordinary bond with charges, or leave it out',
      );
    }
    if (this.current === undefined) {
      const where =
        this.dot === undefined
          ? 'has no atom before it'
          : `follows the dot at position ${this.dot.index + 1}`;
      fail(
        this.index,
        1,
        `bond '${character}' at position ${position} ${where}`,
        'a bond stands between two atoms, as in C=C',
      );
    }
    if (this.bond !== undefined) {
      fail(
        this.bond.index,
        2,
        `two bonds in a row, '${this.bond.text}${character}', at position ${this.bond.index + 1}`,
        'write one bond between two atoms',
      );
    }
    this.bond = { index: this.index, text: character };
    this.freshBranch = undefined;
    this.index += 1;
  }

  private openBranch(): void {
    const position = this.index + 1;
    if (this.freshBranch !== undefined || this.current === undefined) {
      const detail = `branch opened at position ${position} has no atom to branch from`;
      fail(this.index, 1, detail, 'write an atom before the bracket, as in C(C)C');
    }
    this.refusePendingBond('bond goes inside the branch, as in C(=O)C');
    this.branches.push({ index: this.index, atom: this.current });
    this.freshBranch = this.index;
    this.index += 1;
  }

  private closeBranch(): void {
    const position = this.index + 1;
    const branch = this.branches.pop();
    if (branch === undefined) {
      fail(
        this.index,
        1,
        `')' at position ${position} closes no branch`,
        'remove it, or open the branch with ( further to the left',
      );
    }
    this.refusePendingBond();
    this.refusePendingDot();
    if (this.freshBranch !== undefined) {
      fail(
        branch.index,
        2,
        `branch at position ${branch.index + 1} is empty`,
        'put the side chain inside, or remove the brackets',
      );
    }
    this.current = branch.atom;
    this.index += 1;
  }

  private readDot(): void {
    const position = this.index + 1;
    this.refusePendingBond();
    if (this.dot !== undefined) {
      fail(
        this.dot.index,
        2,
        `two dots in a row at position ${this.dot.index + 1}`,
        'write one dot between two components',
      );
    }
    if (this.current === undefined || this.freshBranch !== undefined) {
      fail(
        this.index,
        1,
        `dot at position ${position} has no atom before it`,
        'a dot stands between two components, as in CCO.O',
      );
    }
    this.dot = { index: this.index, text: '.' };
    this.current = undefined;
    this.index += 1;
  }

  private percentRing(): void {
    const match = /^%(?:(\d\d)|\((\d{1,5})\))/.exec(this.text.slice(this.index, this.index + 8));
    if (match === null) {
      fail(
        this.index,
        1,
        `'%' at position ${this.index + 1} is not followed by a ring number of two digits`,
        'write %12 for ring 12; a ring number of one digit needs no %',
      );
    }
    this.ring(String(Number(match[1] ?? match[2])), match[0].length, match[0]);
  }

  private ring(label: string, length: number, text: string): void {
    const position = this.index + 1;
    if (this.current === undefined || this.freshBranch !== undefined) {
      fail(
        this.index,
        length,
        `ring number ${label} at position ${position} has no atom before it`,
        'a ring number follows its atom, as in C1CCCCC1',
      );
    }
    const bond = this.bond?.text;
    this.bond = undefined;
    const open = this.rings.get(label);
    if (open === undefined) {
      this.rings.set(label, { index: this.index, text, atom: this.current, bond });
    } else {
      this.closeRing(open, label, length, bond, this.current);
    }
    this.index += length;
  }

  private closeRing(
    open: OpenRing,
    label: string,
    length: number,
    bond: string | undefined,
    atom: number,
  ): void {
    const places = `opened at position ${open.index + 1} and closed at position ${this.index + 1}`;
    if (open.atom === atom) {
      fail(
        this.index,
        length,
        `ring ${label} ${places} bonds an atom to itself`,
        'close the ring on another atom, as in C1CCCCC1',
      );
    }
    const pair = open.atom * 1024 + atom;
    if (this.bonded.has(pair)) {
      fail(
        this.index,
        length,
        `ring ${label} ${places} bonds two atoms that are bonded already`,
        'a ring has at least three atoms; for a double bond write C=C',
      );
    }
    if (open.bond !== undefined && bond !== undefined && BOND_NAMES[open.bond] !== BOND_NAMES[bond]) {
      fail(
        this.index,
        length,
        `ring ${label} ${places} has a ${BOND_NAMES[open.bond]} bond at one end and a ${BOND_NAMES[bond]} bond at the other`,
        'write the bond once, or the same at both ends',
      );
    }
    this.bonded.add(pair);
    this.rings.delete(label);
    this.ringBonds += 1;
  }

  private refusePendingBond(reason = 'write the atom that it leads to, as in C=C'): void {
    if (this.bond === undefined) return;
    const { index, text } = this.bond;
    fail(index, 1, `bond '${text}' at position ${index + 1} leads to no atom`, reason);
  }

  private refusePendingDot(): void {
    if (this.dot === undefined) return;
    const { index } = this.dot;
    fail(
      index,
      1,
      `dot at position ${index + 1} has nothing after it`,
      'remove it, or write the second component',
    );
  }

  private finish(): void {
    this.refusePendingBond();
    this.refusePendingDot();
    const branch = this.branches.at(-1);
    if (branch !== undefined) {
      fail(
        branch.index,
        1,
        `branch opened at position ${branch.index + 1} is never closed`,
        'close it with ) after the side chain',
      );
    }
    const [ring] = this.rings;
    if (ring !== undefined) {
      const [label, { index, text }] = ring;
      fail(
        index,
        text.length,
        `ring ${label} opened at position ${index + 1} is never closed`,
        `write ${text} after the atom that closes the ring, as in C1CCCCC1`,
      );
    }
  }
}
