import { z } from 'zod';
import type { PredictMixtureResponse__Output } from '../generated/sillage/inference/v1/PredictMixtureResponse.ts';
import {
  modelRefSchema,
  noteSchema,
  optionalNumber,
  presentModelRef,
  presentNotes,
  presentWarnings,
  primaryNotes,
  type TimingJson,
  timingSchema,
  warningsSchema,
} from './answer-parts.ts';
import { decimal, list, rounded, shape, text } from './fields.ts';
import { maxSmilesLength, modelField, topKField } from './predict.ts';

/** Components of one mixture. */
export const minMixtureComponents = 2;
export const maxMixtureComponents = 50;
/** Proportions are parts of whatever whole; within these bounds none is lost to rounding. */
export const minProportion = 1e-6;
export const maxProportion = 1e6;

export const mixtureRequestSchema = shape({
  components: list(
    shape({
      smiles: text(1, maxSmilesLength).meta({ description: 'One molecule, as SMILES.' }),
      proportion: decimal(minProportion, maxProportion).meta({
        description: 'Parts of the liquid; only the ratios matter, they need not add up to 1.',
      }),
    }),
    minMixtureComponents,
    maxMixtureComponents,
    'components, each with smiles and proportion',
  ),
  top_k: topKField.default(5),
  model: modelField.optional(),
}).meta({
  id: 'MixtureRequest',
  example: {
    components: [
      { smiles: 'COc1cc(C=O)ccc1O', proportion: 3 },
      { smiles: 'CC(=O)OCCC(C)C', proportion: 1 },
    ],
  },
});
export type MixtureRequestBody = z.infer<typeof mixtureRequestSchema>;

export const mixtureResponseSchema = z
  .object({
    model: modelRefSchema,
    method: z
      .object({
        name: z.string(),
        stevens_exponent: z.number().optional(),
      })
      .meta({ description: 'How the blend was reckoned; the guide names the sources and the limits.' }),
    primary_notes: z.array(z.string()),
    notes: z.array(noteSchema).meta({ description: 'The top_k notes of the blend, most probable first.' }),
    intensity: z.number().min(0).max(10).optional(),
    pleasantness: z.number().min(0).max(10).optional(),
    components: z
      .array(
        z.object({
          input: z.string().meta({ description: 'The SMILES as it was sent.' }),
          smiles: z.string().meta({ description: 'The canonical SMILES.' }),
          proportion: z.number().min(0).max(1).meta({ description: 'Of the sum of all proportions.' }),
          intensity: z
            .number()
            .min(0)
            .max(10)
            .optional()
            .meta({ description: 'Of the component alone at this proportion.' }),
          share: z.number().min(0).max(1).meta({ description: 'Of what is smelt; all shares add up to 1.' }),
          masked: z.boolean().meta({ description: 'Too weak beside the others to be noticed.' }),
          notes: z.array(noteSchema).meta({ description: 'Of the component alone.' }),
          warnings: warningsSchema.optional(),
        }),
      )
      .meta({ description: 'In the order of the request.' }),
    timing: timingSchema,
  })
  .meta({ id: 'MixtureResponse' });
export type MixtureResponseBody = z.infer<typeof mixtureResponseSchema>;

/** The answer of inference as the API shows it; `inputs` are the SMILES as they were sent. */
export function presentMixture(
  inputs: readonly string[],
  answer: PredictMixtureResponse__Output,
  timing: TimingJson,
): MixtureResponseBody {
  return {
    model: presentModelRef(answer.model),
    method: {
      name: answer.method?.name ?? '',
      ...(answer.method?.exponent === undefined ? {} : { stevens_exponent: answer.method.exponent }),
    },
    primary_notes: answer.notes.slice(0, primaryNotes),
    notes: presentNotes(answer.notes, answer.probabilities),
    ...optionalNumber('intensity', answer.intensity, 2),
    ...optionalNumber('pleasantness', answer.pleasantness, 2),
    components: answer.components.map((component, index) => ({
      input: inputs[index] ?? '',
      smiles: component.smiles,
      proportion: rounded(component.proportion, 6),
      ...optionalNumber('intensity', component.intensity, 2),
      share: rounded(component.share, 4),
      masked: component.masked,
      notes: presentNotes(component.notes, component.probabilities),
      ...presentWarnings(component.warnings),
    })),
    timing,
  };
}
