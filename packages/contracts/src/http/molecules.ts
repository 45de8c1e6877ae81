import { z } from 'zod';
import type { DescribeMoleculesResponse__Output } from '../generated/sillage/inference/v1/DescribeMoleculesResponse.ts';
import type { MoleculeRow__Output } from '../generated/sillage/inference/v1/MoleculeRow.ts';
import { presentWarnings, warningsSchema } from './answer-parts.ts';
import { rounded, shape } from './fields.ts';
import { presentSafetyScore, safetySchema } from './generate.ts';
import { failedRowSchema, presentRowError, smilesField } from './predict.ts';

const vanillin = 'COc1cc(C=O)ccc1O';

const molecule = {
  input: z.string().meta({ description: 'The SMILES as it was sent.' }),
  smiles: z.string().meta({ description: 'The canonical SMILES.' }),
};

export const propertiesRequestSchema = shape({ smiles: smilesField }).meta({
  id: 'PropertiesRequest',
  example: { smiles: [vanillin, 'CSSC'] },
});

export const propertiesSchema = z
  .object({
    ...molecule,
    formula: z.string().meta({ description: 'In the order of Hill, with the charge of an ion.' }),
    molecular_weight: z.number().meta({ description: 'g/mol' }),
    log_p: z.number().meta({ description: "Crippen's estimate of log P (octanol/water)." }),
    tpsa: z.number().meta({ description: 'Polar surface, Å².' }),
    synthetic_accessibility: z.number().min(1).max(10).meta({ description: '1 (easy) to 10.' }),
    hydrogen_bond_donors: z.number().int(),
    hydrogen_bond_acceptors: z.number().int(),
    rotatable_bonds: z.number().int(),
    rings: z.number().int(),
    heavy_atoms: z.number().int(),
    warnings: warningsSchema.optional(),
  })
  .meta({ id: 'MolecularProperties' });

export const propertiesResponseSchema = z
  .object({
    molecules: z
      .array(z.union([propertiesSchema, failedRowSchema]))
      .meta({ description: 'One for each molecule, in the order of the request.' }),
  })
  .meta({ id: 'PropertiesResponse' });
export type PropertiesResponseBody = z.infer<typeof propertiesResponseSchema>;

export const safetyRequestSchema = shape({ smiles: smilesField }).meta({
  id: 'SafetyRequest',
  example: { smiles: ['CC(C)=CCCC(C)=CCO', 'CC1CO1'] },
});

export const safetyReportSchema = z
  .object({ ...molecule, safety: safetySchema, warnings: warningsSchema.optional() })
  .meta({ id: 'MoleculeSafety' });

/** What the score of a molecule says, in the words of the answer. */
export const safetyScoreMeaning =
  '0 where a rule of severity block is met. Otherwise each kind of concern counts once, by its most severe flag, 0.7 for warn and 0.95 for info, multiplied; 1 when no rule is met. An order for sorting, not a probability of harm: 1 says that none of the rules knows the structure, not that the molecule is safe.';

export const safetyResponseSchema = z
  .object({
    rules: z
      .object({ version: z.string(), count: z.number().int(), score: z.string() })
      .meta({ description: 'Which rules were asked, and what the score means.' }),
    molecules: z
      .array(z.union([safetyReportSchema, failedRowSchema]))
      .meta({ description: 'One for each molecule, in the order of the request.' }),
  })
  .meta({ id: 'SafetyResponse' });
export type SafetyResponseBody = z.infer<typeof safetyResponseSchema>;

/** Properties as the API shows them; `inputs` are the SMILES as they were sent. */
export function presentProperties(
  inputs: readonly string[],
  { rows }: DescribeMoleculesResponse__Output,
): PropertiesResponseBody {
  return {
    molecules: rows.map((row, index) => {
      const { properties } = row;
      if (!properties) return presentFailure(inputs[index], row);
      return {
        ...presentMolecule(inputs[index], row),
        formula: properties.formula,
        molecular_weight: rounded(properties.molecularWeight, 3),
        log_p: rounded(properties.logP, 4),
        tpsa: rounded(properties.tpsa, 2),
        synthetic_accessibility: rounded(properties.syntheticAccessibility, 2),
        hydrogen_bond_donors: properties.hydrogenBondDonors,
        hydrogen_bond_acceptors: properties.hydrogenBondAcceptors,
        rotatable_bonds: properties.rotatableBonds,
        rings: properties.rings,
        heavy_atoms: properties.heavyAtoms,
        ...presentWarnings(row.warnings),
      };
    }),
  };
}

/** Safety as the API shows it; `inputs` are the SMILES as they were sent. */
export function presentSafety(
  inputs: readonly string[],
  { rows, safetyVersion, safetyRules }: DescribeMoleculesResponse__Output,
): SafetyResponseBody {
  return {
    rules: { version: safetyVersion, count: safetyRules, score: safetyScoreMeaning },
    molecules: rows.map((row, index) => {
      const { safety } = row;
      if (!safety) return presentFailure(inputs[index], row);
      return {
        ...presentMolecule(inputs[index], row),
        safety: presentSafetyScore(safety.score, safety.flags),
        ...presentWarnings(row.warnings),
      };
    }),
  };
}

function presentMolecule(input = '', { smiles }: MoleculeRow__Output) {
  return { input, smiles };
}

/** Throws TypeError for a row that holds neither result nor error. */
function presentFailure(input = '', { error }: MoleculeRow__Output) {
  if (!error) throw new TypeError('a row holds neither a result nor an error');
  return { input, error: presentRowError(error) };
}
