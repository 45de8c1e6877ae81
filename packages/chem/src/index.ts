export { Chem, type Description, MAX_HEAVY_ATOMS, MAX_RINGS } from './chem.ts';
export { ChemError, type ChemProblem } from './chem-error.ts';
export { atomicNumberOf } from './elements.ts';
export { sumFormula } from './formula.ts';
export { FragmentScores } from './fragment-scores.ts';
export type { Atom, Bond, MolGraph } from './graph.ts';
export type { Descriptors, Molecule, Pattern, SvgOptions } from './molecule.ts';
export { type Fingerprint, morganEnvironments, morganFingerprint, tanimoto } from './morgan.ts';
export { type ConfidenceLine, odourConfidence } from './odour-confidence.ts';
export {
  ATOM_FIELDS,
  collate,
  loadOdourFeatures,
  type OdourBatch,
  type OdourFeatures,
  type OdourFeaturiser,
} from './odour-features.ts';
export { type MolecularProperties, propertiesOf } from './properties.ts';
export { loadRdkit, type Rdkit } from './rdkit.ts';
export { type Remark, stereoRemark } from './remarks.ts';
export {
  fragranceAllergens,
  type SafetyFlag,
  SafetyScreen,
  type SafetyVerdict,
  safetyRulesEdition,
} from './safety.ts';
export {
  MAX_SCAFFOLD_CHARACTERS,
  readScaffold,
  type Scaffold,
  type ScaffoldFault,
  scaffoldPattern,
} from './scaffold.ts';
export { sdfRecord } from './sdf.ts';
export type { SmilesProblem } from './smiles-problem.ts';
export { type OrdinaryMolecule, readOrdinary } from './smiles-reader.ts';
export { checkSmiles, MAX_SMILES_CHARACTERS } from './smiles-syntax.ts';
