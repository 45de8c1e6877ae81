import { z } from 'zod';
import type { FindSimilarResponse__Output } from '../generated/sillage/inference/v1/FindSimilarResponse.ts';
import { modelRefSchema, presentModelRef, type TimingJson, timingSchema } from './answer-parts.ts';
import { decimal, flag, list, oneOf, shape, text, wholeNumber } from './fields.ts';
import {
  failedRowSchema,
  maxPredictMolecules,
  maxSimilar,
  maxSmilesLength,
  modelField,
  presentRowError,
  presentSimilar,
  readFloats,
  similarOdorantSchema,
  smilesField,
} from './predict.ts';

/** Molecules of one request to similar or map. */
export const maxQueryMolecules = 64;
/** Values of an embedding that is read; the model's own number is checked by inference. */
const maxEmbedding = 4096;
/** Notes or collections of one condition. */
const maxConditions = 138;

/** One SMILES, or up to 64. */
export const queryMoleculesField = z
  .union(
    [
      z.string({ error: 'must be a SMILES, as text' }),
      list(z.string({ error: 'must be a SMILES, as text' }), 1, maxQueryMolecules, 'SMILES'),
    ],
    { error: `must be a SMILES or a list of 1 to ${maxQueryMolecules} SMILES` },
  )
  .meta({
    description: `One SMILES or up to ${maxQueryMolecules}, each of 1 to ${maxSmilesLength} characters.`,
  });

export const embedRequestSchema = shape({
  smiles: smilesField,
  encoding: oneOf(['float', 'base64'])
    .default('float')
    .meta({ description: 'float: a list of numbers. base64: little-endian float32, a third of the size.' }),
  model: modelField.optional(),
}).meta({ id: 'EmbedRequest', example: { smiles: 'COc1cc(C=O)ccc1O' } });
export type EmbedRequestBody = z.infer<typeof embedRequestSchema>;

export const embeddedSchema = z
  .object({
    input: z.string().meta({ description: 'The SMILES as it was sent.' }),
    smiles: z.string().meta({ description: 'The canonical SMILES.' }),
    embedding: z.union([z.array(z.number()), z.string()]).meta({ description: 'As `encoding` asks.' }),
  })
  .meta({ id: 'EmbeddedMolecule' });
export type EmbeddedJson = z.infer<typeof embeddedSchema>;

export const embedResponseSchema = z
  .object({
    model: modelRefSchema,
    dimensions: z
      .number()
      .int()
      .meta({ description: 'Values of one embedding; 0 when no molecule was read.' }),
    embeddings: z
      .array(z.union([embeddedSchema, failedRowSchema]))
      .max(maxPredictMolecules)
      .meta({ description: 'One for each molecule, in the order of the request.' }),
    timing: timingSchema,
  })
  .meta({ id: 'EmbedResponse' });
export type EmbedResponseBody = z.infer<typeof embedResponseSchema>;

/** An embedding of inference in the encoding that was asked for. */
export function presentEmbedding(bytes: Buffer, encoding: EmbedRequestBody['encoding']): number[] | string {
  return encoding === 'base64' ? bytes.toString('base64') : readFloats(bytes);
}

const note = text(1, 60);

const filterSchema = shape({
  any_note: list(note, 1, maxConditions, 'notes')
    .optional()
    .meta({ description: 'Has at least one of them.' }),
  every_note: list(note, 1, maxConditions, 'notes').optional().meta({ description: 'Has all of them.' }),
  no_note: list(note, 1, maxConditions, 'notes').optional().meta({ description: 'Has none of them.' }),
  sources: list(text(1, 60), 1, maxConditions, 'collections')
    .optional()
    .meta({ description: 'Is in at least one of these collections.' }),
  min_similarity: decimal(-1, 1).optional(),
  others_only: flag().optional().meta({ description: 'Leaves out the molecule that was asked about.' }),
  named_only: flag().optional(),
}).meta({ description: 'Which known odorants are searched; all conditions hold together.' });

export const similarRequestSchema = shape({
  smiles: queryMoleculesField.optional(),
  embedding: list(decimal(-1e6, 1e6), 1, maxEmbedding, 'numbers').optional().meta({
    description: 'In place of smiles: a place on the odour map, for instance the mean of two embeddings.',
  }),
  k: wholeNumber(1, maxSimilar).default(5).meta({ description: 'How many neighbours of each.' }),
  filter: filterSchema.optional(),
  model: modelField.optional(),
})
  .superRefine(({ smiles, embedding }, context) => {
    if ((smiles === undefined) !== (embedding === undefined)) return;
    const message = 'send smiles or embedding, one of the two';
    context.addIssue({ code: 'custom', path: [smiles === undefined ? 'smiles' : 'embedding'], message });
  })
  .meta({
    id: 'SimilarRequest',
    example: { smiles: 'COc1cc(C=O)ccc1O', k: 3, filter: { no_note: ['vanilla'], others_only: true } },
  });
export type SimilarRequestBody = z.infer<typeof similarRequestSchema>;

export const similarRowSchema = z
  .object({
    input: z.string().optional().meta({ description: 'The SMILES as it was sent; absent for an embedding.' }),
    smiles: z.string().optional().meta({ description: 'The canonical SMILES; absent for an embedding.' }),
    similar: z.array(similarOdorantSchema).meta({ description: 'Nearest first.' }),
  })
  .meta({ id: 'SimilarRow' });

export const similarResponseSchema = z
  .object({
    model: modelRefSchema,
    results: z
      .array(z.union([similarRowSchema, failedRowSchema]))
      .meta({ description: 'One for each molecule, in the order of the request, or one for the embedding.' }),
    timing: timingSchema,
  })
  .meta({ id: 'SimilarResponse' });
export type SimilarResponseBody = z.infer<typeof similarResponseSchema>;

/** The answer of inference as the API shows it; `inputs` are the SMILES as they were sent. */
export function presentSimilarResults(
  inputs: readonly string[],
  answer: FindSimilarResponse__Output,
  timing: TimingJson,
): SimilarResponseBody {
  return {
    model: presentModelRef(answer.model),
    results: answer.rows.map((row, index) => {
      const input = inputs[index];
      const similar = row.similar.map(presentSimilar);
      if (input === undefined) return { similar };
      return row.error
        ? { input, error: presentRowError(row.error) }
        : { input, smiles: row.smiles, similar };
    }),
    timing,
  };
}
