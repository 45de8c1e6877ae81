import { scanSmiles } from './smiles-syntax.ts';

/** Something about a molecule that its prediction should be read with; never a refusal. */
export interface Remark {
  readonly kind: 'salt' | 'mixture' | 'inorganic' | 'involatile';
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

/**
 * Remarks on the composition of a molecule, from its canonical SMILES. `neutralise` gives the uncharged
 * form of an ion, so that a salt can be answered with the molecule that smells.
 */
export function remarksOn(canonical: string, neutralise: (smiles: string) => string): Remark[] {
  const components = canonical.split('.').map(readComponent);
  const organic = components.filter(({ carbons }) => carbons > 0);
  const remarks: Remark[] = [];
  if (components.length > 1) remarks.push(severalComponents(components, organic, neutralise));
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
  return remarks;
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
