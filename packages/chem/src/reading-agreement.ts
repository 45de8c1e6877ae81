import type { Chem } from './chem.ts';
import { ChemError } from './chem-error.ts';
import type { MolGraph } from './graph.ts';
import { readOrdinary } from './smiles-reader.ts';

/** How the reader without RDKit compares with RDKit on a list of SMILES. */
export interface Agreement {
  /** Spellings that were compared. */
  readonly spellings: number;
  /** Of them read without RDKit. */
  readonly read: number;
  /** Spellings of which the two have different graphs, or that RDKit refuses or remarks on and the reader takes. */
  readonly different: readonly string[];
}

const WRITERS = [
  '{"doIsomericSmiles":false}',
  '{"doKekule":true}',
  '{"doRandom":true}',
  '{"doRandom":true,"doIsomericSmiles":false}',
  '{"doRandom":true,"doKekule":true,"doIsomericSmiles":false}',
  '{"doRandom":true,"allBondsExplicit":true,"doIsomericSmiles":false}',
  '{"allHsExplicit":true}',
];

/** The SMILES as it is given, and as RDKit writes it canonical, in Kekulé's form and from random atoms. */
export function spellingsOf(chem: Chem, smiles: string): string[] {
  try {
    return [smiles, ...WRITERS.map((how) => chem.with(smiles, (molecule) => molecule.written(how)))];
  } catch (error) {
    if (error instanceof ChemError) return [smiles];
    throw error;
  }
}

/** Holds the reader to RDKit on every spelling: equal graphs, atom by atom, and no remark but the one on stereo. */
export function compareReading(chem: Chem, spellings: Iterable<string>): Agreement {
  let count = 0;
  let read = 0;
  const different: string[] = [];
  for (const smiles of spellings) {
    count += 1;
    const own = readOrdinary(smiles);
    if (own === undefined) continue;
    read += 1;
    if (!isAgreed(chem, smiles, own.graph, own.hasStereo)) different.push(smiles);
  }
  return { spellings: count, read, different };
}

function isAgreed(chem: Chem, smiles: string, graph: MolGraph, hasStereo: boolean): boolean {
  try {
    return chem.with(smiles, (molecule) => {
      const remarks = molecule.remarks.filter(({ kind }) => kind !== 'stereo' || !hasStereo);
      return remarks.length === 0 && textOf(graph) === textOf(molecule.graph());
    });
  } catch (error) {
    if (error instanceof ChemError) return false;
    throw error;
  }
}

/** Equal for graphs with the same atoms, bonds and smallest rings, in whatever order bonds and rings are listed. */
function textOf({ atoms, bonds, rings }: MolGraph): string {
  const smallest = new Array<number>(atoms.length).fill(0);
  for (const ring of rings) {
    for (const atom of ring) smallest[atom] = Math.min(smallest[atom] || ring.length, ring.length);
  }
  const links = bonds.map(({ begin, end, order }) =>
    [Math.min(begin, end), Math.max(begin, end), order].join(),
  );
  return JSON.stringify([atoms, links.sort(), smallest]);
}
