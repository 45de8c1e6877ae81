import { symbolOf } from './elements.ts';
import type { Atom, MolGraph } from './graph.ts';
import { scanSmiles } from './smiles-syntax.ts';

/** Something about a molecule that its prediction should be read with; never a refusal. */
export interface Remark {
  readonly kind:
    | 'salt'
    | 'mixture'
    | 'ion'
    | 'inorganic'
    | 'involatile'
    | 'radical'
    | 'rare_element'
    | 'isotope'
    | 'stereo';
  /** A sentence for the user, naming what would be right. */
  readonly text: string;
  /** SMILES to send instead, where there is one. */
  readonly suggestion?: string;
}

interface Component {
  readonly smiles: string;
  readonly heavyAtoms: number;
  readonly carbons: number;
  readonly charge: number;
}

// Odorous molecules evaporate, and few weigh over 300 g/mol, about 22 heavy atoms (Mayhew et al., PNAS 2022,
// 119, e2116576119). The limit here is looser, so that the remark is only made where there is no doubt.
const INVOLATILE_HEAVY_ATOMS = 40;

/** On a molecule with a configuration. */
export const stereoRemark: Remark = {
  kind: 'stereo',
  text: 'the odour models do not see stereo: its mirror image and its E or Z form get the same answer, though they may smell apart',
};

/** What remarks are made from. */
export interface Remarkable {
  /** Canonical SMILES with stereo and isotopes. */
  readonly canonical: string;
  /** The uncharged form of an ion, so that it can be answered with the molecule that smells. */
  readonly neutralise: (smiles: string) => string;
  /** Asked for only where an atom is written as if it could be unusual. */
  readonly graph: () => MolGraph;
}

/** Remarks on a molecule. Empty for an ordinary one, which costs no more than a look at its SMILES. */
export function remarksOn({ canonical, neutralise, graph }: Remarkable): Remark[] {
  const components = canonical.split('.').map(readComponent);
  const organic = components.filter(({ carbons }) => carbons > 0);
  const remarks: Remark[] = [];
  if (components.length > 1) remarks.push(severalComponents(components, organic, neutralise));
  else if (components[0] !== undefined && components[0].charge !== 0)
    remarks.push(ion(canonical, neutralise));
  if (organic.length === 0) {
    remarks.push({
      kind: 'inorganic',
      text: 'this has no carbon; the odour models have learnt from organic molecules, so take the answer as a guess',
    });
  }
  if (components.every(({ heavyAtoms }) => heavyAtoms > INVOLATILE_HEAVY_ATOMS)) {
    remarks.push({
      kind: 'involatile',
      text: `this has more than ${INVOLATILE_HEAVY_ATOMS} heavy atoms; so large a molecule hardly evaporates and will not be smelled, whatever the notes say`,
    });
  }
  if (canonical.includes('[')) remarks.push(...remarksOnAtoms(canonical, graph));
  if (/[@/\\]/.test(canonical)) remarks.push(stereoRemark);
  return remarks;
}

/** What only atoms in brackets can give cause for. */
function remarksOnAtoms(canonical: string, graph: () => MolGraph): Remark[] {
  const remarks: Remark[] = [];
  const atoms = graph().atoms;
  const rare = atoms.filter(({ atomicNumber, charge }) => charge === 0 && !USUAL_ELEMENTS.has(atomicNumber));
  if (rare.length > 0) {
    const symbols = [...new Set(rare.map(({ atomicNumber }) => symbolOf(atomicNumber)))];
    remarks.push({
      kind: 'rare_element',
      text: `the odour models have learnt from few molecules with ${symbols.join(', ')} or from none, so take the answer as a guess`,
    });
  }
  if (hasUnusualValence(graph())) {
    remarks.push({
      kind: 'radical',
      text: 'an atom has an unusual number of bonds, as in a radical or a carbene; such a molecule hardly lasts until it is smelled, and the odour models have learnt from none',
    });
  }
  if (/\[\d/.test(canonical)) {
    remarks.push({
      kind: 'isotope',
      text: 'isotopes are read as their elements: the answer is that of the molecule without labels',
    });
  }
  return remarks;
}

/** H, C, N, O, F, P, S, Cl, Br, I: what nearly all odorants are made of. */
const USUAL_ELEMENTS: ReadonlySet<number> = new Set([1, 6, 7, 8, 9, 15, 16, 17, 35, 53]);

/** Valences of uncharged atoms. */
const VALENCES: ReadonlyMap<number, readonly number[]> = new Map([
  [5, [3]],
  [6, [4]],
  [7, [3, 5]],
  [8, [2]],
  [9, [1]],
  [15, [3, 5]],
  [16, [2, 4, 6]],
]);

function hasUnusualValence({ atoms, bonds }: MolGraph): boolean {
  const orders = new Float64Array(atoms.length);
  for (const { begin, end, order } of bonds) {
    for (const atom of [begin, end]) orders[atom] = (orders[atom] ?? 0) + (order === 4 ? 1 : order);
  }
  return atoms.some((atom, index) => {
    const valences = VALENCES.get(atom.atomicNumber);
    if (valences === undefined || atom.charge !== 0) return false;
    const valence = (orders[index] ?? 0) + atom.hydrogens;
    return atom.aromatic ? isUnusualAromatic(atom, valence) : !valences.includes(valence);
  });
}

/** Only carbon is sure to have three neighbours in an aromatic ring, or two and a double bond out of it. */
function isUnusualAromatic({ atomicNumber }: Atom, valence: number): boolean {
  return atomicNumber === 6 && valence < 3;
}

function ion(canonical: string, neutralise: (smiles: string) => string): Remark {
  const suggestion = neutralise(canonical);
  const what = 'this is an ion; ions do not evaporate';
  if (suggestion === canonical) return { kind: 'ion', text: `${what}, so take the answer as a guess` };
  return { kind: 'ion', text: `${what}; send its uncharged form: ${suggestion}`, suggestion };
}

function severalComponents(
  components: readonly Component[],
  organic: readonly Component[],
  neutralise: (smiles: string) => string,
): Remark {
  const kind = components.some(({ charge }) => charge !== 0) ? 'salt' : 'mixture';
  const largest = [...organic].sort((a, b) => b.heavyAtoms - a.heavyAtoms)[0];
  const what =
    kind === 'salt'
      ? `this is a salt of ${components.length} components; salts do not evaporate`
      : `this is a mixture of ${components.length} components, read as if it were one molecule`;
  if (largest === undefined) return { kind, text: `${what}; send the one component that you mean to smell` };
  const suggestion = largest.charge === 0 ? largest.smiles : neutralise(largest.smiles);
  return { kind, text: `${what}; send its largest organic component alone: ${suggestion}`, suggestion };
}

function readComponent(smiles: string): Component {
  const scan = scanSmiles(smiles);
  const atoms = scan.kind === 'ok' ? scan.atoms : [];
  return {
    smiles,
    heavyAtoms: atoms.filter(({ symbol }) => symbol !== 'H').length,
    carbons: atoms.filter(({ symbol }) => symbol === 'C' || symbol === 'c').length,
    charge: atoms.reduce((sum, atom) => sum + atom.charge, 0),
  };
}
