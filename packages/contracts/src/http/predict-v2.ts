import { z } from 'zod';
import { modelRefSchema, timingSchema } from './answer-parts.ts';
import { list, shape, text } from './fields.ts';
import {
  attributionLimit,
  failedRowSchema,
  maxPredictMolecules,
  maxSmilesLength,
  type PredictRequestBody,
  predictionSchema,
  predictRequestSchema,
} from './predict.ts';

const moleculeSchema = shape({
  id: text(1, 100).optional().meta({ description: 'Yours; the answer of this molecule carries it.' }),
  smiles: z
    .string({ error: 'must be a SMILES, as text' })
    .meta({ description: `1 to ${maxSmilesLength} characters; a molecule that is wrong fails alone.` }),
}).meta({ id: 'PredictMoleculeV2' });

/** As of v1 but for `molecules`, which is always a list and whose members may have names. */
export const predictV2RequestSchema = shape({
  molecules: list(moleculeSchema, 1, maxPredictMolecules, 'molecules'),
  top_k: predictRequestSchema.shape.top_k,
  include: predictRequestSchema.shape.include,
  similar_k: predictRequestSchema.shape.similar_k,
  attribution_note: predictRequestSchema.shape.attribution_note,
  model: predictRequestSchema.shape.model,
})
  .superRefine(({ molecules, include }, context) => {
    const message = include.includes('attribution') ? attributionLimit(molecules.length) : undefined;
    if (message) context.addIssue({ code: 'custom', path: ['include'], message });
  })
  .meta({
    id: 'PredictRequestV2',
    example: { molecules: [{ id: 'vanillin', smiles: 'COc1cc(C=O)ccc1O' }, { smiles: 'CCO' }], top_k: 3 },
  });
export type PredictV2RequestBody = z.infer<typeof predictV2RequestSchema>;

const idField = z.string().optional().meta({ description: 'As the request named it.' });

export const predictV2ResponseSchema = z
  .object({
    model: modelRefSchema,
    predictions: z
      .array(
        z.union([
          predictionSchema.extend({ id: idField }).meta({ id: 'PredictionV2' }),
          failedRowSchema
            .extend({ id: idField })
            .meta({ id: 'FailedRowV2', description: 'A molecule that could not be used.' }),
        ]),
      )
      .meta({
        description: 'One for each molecule, in the order of the request; also where there is only one.',
      }),
    timing: timingSchema,
  })
  .meta({ id: 'PredictResponseV2' });

/** The same question as v1 asks it, and the names of its molecules. */
export function readPredictV2({ molecules, ...rest }: PredictV2RequestBody): {
  readonly body: PredictRequestBody;
  readonly smiles: readonly string[];
  readonly ids: readonly (string | undefined)[];
} {
  const smiles = molecules.map((molecule) => molecule.smiles);
  return {
    body: { ...rest, smiles },
    smiles,
    ids: molecules.map(({ id }) => id),
  };
}
