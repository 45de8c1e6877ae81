import type { Chem } from './chem.ts';
import { ChemError } from './chem-error.ts';
import {
  AROMATIC_SYMBOLS,
  atomicNumberOf,
  atomicWeight,
  BARE_SYMBOLS,
  capitalised,
  symbolOf,
} from './elements.ts';
import type { Pattern } from './molecule.ts';
import { heavyWeight, independentRings } from './properties.ts';

/** Characters of a scaffold. */
export const MAX_SCAFFOLD_CHARACTERS = 500;
/** Atoms of a scaffold. */
const MAX_ATOMS = 100;

/** A structure that molecules are to contain, read. All of it survives structured clone. */
export interface Scaffold {
  /** `core`: a molecule, matched by elements and bonds. `smarts`: a pattern, matched as it says. */
  readonly kind: 'core' | 'smarts';
  /** Canonical SMILES of a core, without stereo; the text of a pattern. */
  readonly query: string;
  /** g/mol that every molecule around it has at least. */
  readonly leastWeight: number;
  /** Symbols of elements that every molecule around it has. */
  readonly elements: readonly string[];
  /** Independent rings that every molecule around it has at least. */
  readonly rings: number;
}

/** What is wrong with a scaffold, as a sentence about the field. */
export interface ScaffoldFault {
  readonly kind: 'fault';
  readonly detail: string;
}

/**
 * Reads a core written as SMILES or, where that cannot be read or has a `*`, a pattern written as SMARTS. Matching is
 * bounded because a scaffold is one connected piece: each atom it goes on to is a neighbour of one that has matched.
 */
export function readScaffold(chem: Chem, text: string): Scaffold | ScaffoldFault {
  if (text.length > MAX_SCAFFOLD_CHARACTERS) {
    return fault(`must have at most ${MAX_SCAFFOLD_CHARACTERS} characters, not ${text.length}`);
  }
  if (text.includes('.')) return fault('must be one connected piece: leave out the dot');
  const core = text.includes('*') ? undefined : readCore(chem, text);
  if (core !== undefined && !(core instanceof ChemError)) return core;
  const pattern = readPattern(chem, text);
  if (pattern.kind !== 'fault' || core === undefined) return pattern;
  // A text that has nothing of SMARTS was meant as SMILES, and there the place of the fault is known.
  return /[#!&;,~$?]/.test(text.replace(/(?<![[\d])#/g, ''))
    ? pattern
    : fault(`cannot be read as SMILES: ${core.detail}; nor as SMARTS`);
}

/** Compiles it for one Chem. Dispose it before the Chem is dropped. */
export function scaffoldPattern(chem: Chem, { kind, query }: Scaffold): Pattern {
  return kind === 'core' ? chem.core(query) : chem.pattern(query);
}

function readCore(chem: Chem, text: string): Scaffold | ChemError {
  try {
    return chem.with(text, (molecule) => {
      const graph = molecule.graph();
      return {
        kind: 'core',
        query: molecule.flatSmiles,
        leastWeight: heavyWeight(graph),
        elements: [...new Set(graph.atoms.map(({ atomicNumber }) => symbolOf(atomicNumber)))],
        rings: independentRings(graph),
      };
    });
  } catch (error) {
    if (error instanceof ChemError && error.problem !== 'engine') return error;
    throw error;
  }
}

function readPattern(chem: Chem, text: string): Scaffold | ScaffoldFault {
  let pattern: Pattern;
  try {
    pattern = chem.pattern(text);
  } catch (error) {
    if (error instanceof ChemError) throw error;
    const place = /around position (\d+)/.exec(error instanceof Error ? error.message : '');
    const where = place === null ? '' : `: look at position ${place[1]}`;
    return fault(`cannot be read as SMARTS${where}`);
  }
  try {
    const atoms = pattern.query.get_num_atoms();
    const bonds = pattern.query.get_num_bonds();
    if (atoms < 1 || atoms > MAX_ATOMS) return fault(`must have from 1 to ${MAX_ATOMS} atoms, not ${atoms}`);
    const certain = certainElements(text);
    const weight = certain.reduce((sum, number) => sum + atomicWeight(number), 0);
    return {
      kind: 'smarts',
      query: text,
      // What an atom of no certain element weighs, nobody knows; not less than hydrogen.
      leastWeight: weight + Math.max(0, atoms - certain.length) * atomicWeight(1),
      elements: [...new Set(certain.map(symbolOf))],
      rings: bonds - atoms + 1,
    };
  } finally {
    pattern[Symbol.dispose]();
  }
}

/** Atomic numbers of the atoms of a SMARTS that can be of one element only, as far as their text shows. */
function certainElements(smarts: string): number[] {
  const found: number[] = [];
  for (let at = 0; at < smarts.length; at++) {
    if (smarts[at] === '[') {
      const end = closing(smarts, at);
      const number = elementOfBracket(smarts.slice(at + 1, end));
      if (number !== undefined) found.push(number);
      at = end;
      continue;
    }
    const symbol = /^(?:Cl|Br|[BCNOPSFIbcnops])/.exec(smarts.slice(at))?.[0];
    if (symbol === undefined) continue;
    const number = atomicNumberOf(capitalised(symbol));
    if (number !== undefined) found.push(number);
    at += symbol.length - 1;
  }
  return found;
}

function closing(smarts: string, open: number): number {
  let depth = 0;
  for (let at = open; at < smarts.length; at++) {
    if (smarts[at] === '[') depth++;
    if (smarts[at] === ']' && --depth === 0) return at;
  }
  return smarts.length;
}

function elementOfBracket(content: string): number | undefined {
  if (/[,!$]/.test(content)) return undefined;
  const [, number, symbol] = /^\d*(?:#(\d+)|([A-Z][a-z]?|[a-z]{1,2}))/.exec(content) ?? [];
  if (number !== undefined) return Number(number);
  if (symbol === undefined) return undefined;
  const capital = capitalised(symbol);
  // `[CH3]` is not Ch, `[cH]` not CH: a letter that makes no element with the first stands for something else.
  const isWhole = symbol !== symbol.toLowerCase() || AROMATIC_SYMBOLS.has(symbol);
  const whole = isWhole ? atomicNumberOf(capital) : undefined;
  if (whole !== undefined) return whole;
  const first = symbol.charAt(0);
  return BARE_SYMBOLS.has(first) ? atomicNumberOf(first.toUpperCase()) : undefined;
}

function fault(detail: string): ScaffoldFault {
  return { kind: 'fault', detail };
}
