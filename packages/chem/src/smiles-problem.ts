/** A fault in a SMILES string, placed so that a person can put a finger on it. */
export interface SmilesProblem {
  /** First character of the fault, counted from 1. */
  readonly position: number;
  /** How many characters the fault covers; 0 when something is missing at the end. */
  readonly length: number;
  /** What is wrong, as a phrase without a full stop. */
  readonly detail: string;
  /** What would be right. */
  readonly hint: string;
}

/** Carries a problem out of the scanner; never leaves this package's syntax files. */
export class SmilesFault extends Error {
  override readonly name = 'SmilesFault';
  readonly problem: SmilesProblem;

  constructor(problem: SmilesProblem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** Throws a fault at a 0-based index. */
export function fail(index: number, length: number, detail: string, hint: string): never {
  throw new SmilesFault({ position: index + 1, length, detail, hint });
}

/** A character as it should be shown in a message: invisible ones by name. */
export function showCharacter(character: string): string {
  const named: Record<string, string> = {
    ' ': 'a space',
    '\t': 'a tab',
    '\n': 'a line break',
    '\r': 'a carriage return',
    '\u00a0': 'a no-break space',
  };
  const name = named[character];
  if (name !== undefined) return name;
  const code = character.codePointAt(0) ?? 0;
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  if (/[\p{C}\p{Z}\p{M}]/u.test(character)) return `the invisible character ${hex}`;
  return code > 126 ? `'${character}' (${hex})` : `'${character}'`;
}
