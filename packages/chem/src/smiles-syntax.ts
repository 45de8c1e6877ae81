import type { WrittenAtom } from './smiles-bracket.ts';
import { fail, SmilesFault, type SmilesProblem } from './smiles-problem.ts';
import { SmilesScanner } from './smiles-scanner.ts';

/** Longest SMILES we read, in characters: far above any odorant, far below what could stall a parser. */
export const MAX_SMILES_CHARACTERS = 1000;

/** What the scanner knows about a SMILES: its first fault, or its atoms in the order RDKit numbers them. */
export type SmilesScan =
  | { readonly kind: 'fault'; readonly problem: SmilesProblem }
  | {
      readonly kind: 'ok';
      readonly atoms: readonly WrittenAtom[];
      /** Ring bonds: the number of independent rings. */
      readonly ringBonds: number;
    };

/**
 * Finds the first fault of syntax in a SMILES string (OpenSMILES), or `undefined` when there is none.
 *
 * RDKit gives no usable position for most faults, so this linear scan runs before it. Positions count
 * characters from 1. Leading and trailing white space is the caller's to trim. Chemistry (valence,
 * aromaticity) is not looked at. Beyond OpenSMILES it refuses what has no smell to predict: the wildcard
 * atom `*`, the unspecified bond `~`, reactions.
 */
export function checkSmiles(text: string): SmilesProblem | undefined {
  const scan = scanSmiles(text);
  return scan.kind === 'fault' ? scan.problem : undefined;
}

/** Like {@link checkSmiles}, and gives where each atom is written. */
export function scanSmiles(text: string): SmilesScan {
  try {
    if (text.length === 0)
      fail(0, 0, 'the SMILES is empty', 'send one molecule, for instance CCO for ethanol');
    if (text.length > MAX_SMILES_CHARACTERS) {
      fail(
        MAX_SMILES_CHARACTERS,
        text.length - MAX_SMILES_CHARACTERS,
        `the SMILES has ${text.length} characters; at most ${MAX_SMILES_CHARACTERS} are read`,
        'odorous molecules are small: send one molecule of at most 250 heavy atoms',
      );
    }
    return { kind: 'ok', ...new SmilesScanner(text).run() };
  } catch (error) {
    if (error instanceof SmilesFault) return { kind: 'fault', problem: error.problem };
    throw error;
  }
}
