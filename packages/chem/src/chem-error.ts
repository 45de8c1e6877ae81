import type { SmilesProblem } from './smiles-problem.ts';

/** Why a molecule cannot be read. `engine` is our fault, every other kind the sender's. */
export type ChemProblem =
  | 'syntax'
  | 'valence'
  | 'kekulize'
  | 'aromaticity'
  | 'too_many_atoms'
  | 'too_many_rings'
  | 'unreadable'
  | 'engine';

export interface ChemErrorOptions {
  readonly problem: ChemProblem;
  readonly detail: string;
  readonly hint: string;
  /** First character of the fault in the SMILES, counted from 1. */
  readonly position?: number;
  /** How many characters the fault covers. */
  readonly length?: number;
  readonly cause?: unknown;
}

/** A molecule that cannot be read: what is wrong, where in the SMILES, and what would be right. */
export class ChemError extends Error {
  override readonly name = 'ChemError';
  readonly problem: ChemProblem;
  readonly detail: string;
  readonly hint: string;
  readonly position: number | undefined;
  readonly length: number | undefined;

  constructor({ problem, detail, hint, position, length, cause }: ChemErrorOptions) {
    super(detail, cause === undefined ? undefined : { cause });
    this.problem = problem;
    this.detail = detail;
    this.hint = hint;
    this.position = position;
    this.length = length;
  }

  static fromSyntax(problem: SmilesProblem): ChemError {
    return new ChemError({ problem: 'syntax', ...problem });
  }
}
