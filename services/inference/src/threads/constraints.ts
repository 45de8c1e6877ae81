import {
  type Chem,
  type Molecule,
  type Pattern,
  readScaffold,
  type Scaffold,
  scaffoldPattern,
} from '@sillage/chem';
import { refusal } from './describe.ts';
import type { InputOf, OutputOf } from './protocol.ts';
import type { Workbench } from './workbench.ts';

/** Reads the structures that constraints name, before anything is drawn. */
export async function readStructures(
  bench: Workbench,
  { scaffold, reference }: InputOf<'read-structures'>,
): Promise<OutputOf<'read-structures'>> {
  try {
    return {
      scaffold: scaffold === '' ? undefined : readScaffold(bench.chem, scaffold.trim()),
      reference: reference === '' ? undefined : refusalOf(bench.chem, reference.trim()),
    };
  } finally {
    await bench.mendChem();
  }
}

function refusalOf(chem: Chem, smiles: string) {
  try {
    chem.with(smiles, () => undefined);
    return undefined;
  } catch (error) {
    return refusal(error);
  }
}

/** A scaffold, compiled for the RDKit that a thread has at the moment. */
export class ScaffoldMatcher {
  readonly #scaffold: Scaffold;
  #compiled: { readonly chem: Chem; readonly pattern: Pattern } | undefined;

  constructor(scaffold: Scaffold) {
    this.#scaffold = scaffold;
  }

  isIn(molecule: Molecule, chem: Chem): boolean {
    if (this.#compiled?.chem !== chem) {
      // A crash of RDKit took the pattern of before with it.
      this.#compiled = { chem, pattern: scaffoldPattern(chem, this.#scaffold) };
    }
    return molecule.matches(this.#compiled.pattern);
  }

  [Symbol.dispose](): void {
    if (this.#compiled?.chem.isBroken === false) this.#compiled.pattern[Symbol.dispose]();
    this.#compiled = undefined;
  }
}
