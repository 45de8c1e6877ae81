import { type Molecule, propertiesOf, sumFormula } from '@sillage/chem';
import { refusal, warningOf } from './describe.ts';
import type { MoleculeProperties, MoleculeRow, RefusedMolecule } from './protocol.ts';
import type { Workbench } from './workbench.ts';

/** What chemistry and the rules on safety say of molecules; what cannot be read is refused row by row. */
export async function details(
  bench: Workbench,
  asked: { smiles: readonly string[]; properties: boolean; safety: boolean },
): Promise<(MoleculeRow | RefusedMolecule)[]> {
  const rows: (MoleculeRow | RefusedMolecule)[] = [];
  for (const text of asked.smiles) {
    try {
      rows.push(
        bench.chem.with(text.trim(), (molecule) => ({
          kind: 'ok',
          canonical: molecule.canonicalSmiles,
          warnings: molecule.remarks.map(warningOf),
          properties: asked.properties ? properties(bench, molecule) : undefined,
          safety: asked.safety ? bench.screen.screen(molecule) : undefined,
        })),
      );
    } catch (error) {
      rows.push(refusal(error));
    }
    await bench.mendChem();
  }
  return rows;
}

function properties(bench: Workbench, molecule: Molecule): MoleculeProperties {
  const graph = molecule.canonicalGraph();
  const { molecularWeight, logP, tpsa, syntheticAccessibility, rings } = propertiesOf(
    graph,
    molecule.stereocentres(graph),
    bench.scores,
  );
  const { hydrogenBondDonors, hydrogenBondAcceptors, rotatableBonds, heavyAtoms } = molecule.descriptors();
  return {
    ...{ formula: sumFormula(graph), molecularWeight, logP, tpsa, syntheticAccessibility, rings },
    ...{ hydrogenBondDonors, hydrogenBondAcceptors, rotatableBonds, heavyAtoms },
  };
}
