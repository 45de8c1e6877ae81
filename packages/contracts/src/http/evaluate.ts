import { z } from 'zod';
import type { EvaluateResponse__Output } from '../generated/sillage/inference/v1/EvaluateResponse.ts';
import type { NoteMetrics__Output } from '../generated/sillage/inference/v1/NoteMetrics.ts';
import {
  labelSchema,
  modelRefSchema,
  optionalNumber,
  presentModelRef,
  type TimingJson,
  timingSchema,
} from './answer-parts.ts';
import { list, rounded, shape, text } from './fields.ts';
import {
  maxSmilesLength,
  maxTopK,
  modelField,
  presentRowError,
  type RowErrorJson,
  rowErrorSchema,
} from './predict.ts';

/** Molecules of one evaluation. */
export const maxEvaluatedMolecules = 5000;

const note = text(1, 60);

export const evaluateRequestSchema = shape({
  molecules: list(
    shape({
      smiles: text(0, maxSmilesLength).meta({ description: 'One molecule, as SMILES.' }),
      notes: z
        .array(note, { error: `must be a list of at most ${maxTopK} notes` })
        .max(maxTopK, `must be a list of at most ${maxTopK} notes`)
        .meta({ description: 'The notes it has; of those that were judged it has no others.' }),
    }),
    1,
    maxEvaluatedMolecules,
    'molecules, each with smiles and notes',
  ),
  notes: list(note, 1, maxTopK, 'notes')
    .optional()
    .meta({ description: 'The notes that were judged; absent: all that any molecule has.' }),
  model: modelField.optional(),
}).meta({
  id: 'EvaluateRequest',
  example: {
    molecules: [
      { smiles: 'COc1cc(C=O)ccc1O', notes: ['vanilla', 'sweet'] },
      { smiles: 'CSSC', notes: ['sulfurous'] },
      { smiles: 'CCCCCC=O', notes: ['green'] },
    ],
    notes: ['vanilla', 'sweet', 'sulfurous', 'green'],
  },
});
export type EvaluateRequestBody = z.infer<typeof evaluateRequestSchema>;

/** For a body of CSV, which has no place for it. */
export const evaluateQuerySchema = shape({
  model: text(1, 100)
    .optional()
    .meta({ description: 'With a CSV body: name of the model; else the default.' }),
  version: text(1, 20).optional().meta({ description: 'With a CSV body: of the model; else the newest.' }),
}).superRefine(({ model, version }, context) => {
  if (version === undefined || model !== undefined) return;
  context.addIssue({ code: 'custom', path: ['version'], message: 'needs model beside it' });
});

const share = z.number().min(0).max(1).optional();

const metricsSchema = z.object({
  auroc: share.meta({
    description: 'Chance that a molecule with the note ranks above one without, ties half.',
  }),
  average_precision: share.meta({ description: 'Mean precision at each positive, by falling probability.' }),
  brier: share.meta({ description: 'Mean squared difference of probability and label.' }),
  calibration_error: share.meta({ description: 'Expected calibration error in 15 bins of equal width.' }),
});

export const noteMetricsSchema = z
  .object({
    note: z.string(),
    label: labelSchema,
    positives: z.number().int(),
    negatives: z.number().int(),
    ...metricsSchema.shape,
    mean_probability: share,
  })
  .meta({ id: 'NoteMetrics' });

export const evaluateResponseSchema = z
  .object({
    model: modelRefSchema,
    molecules: z
      .object({ sent: z.number().int(), used: z.number().int(), failed: z.number().int() })
      .meta({ description: 'Those that could not be used are in `failed`, and in no figure.' }),
    macro: z
      .object({
        notes: z
          .number()
          .int()
          .meta({ description: 'Notes with molecules that have it and some that have not.' }),
        ...metricsSchema.shape,
      })
      .meta({ description: 'Means over those notes.' }),
    pooled: z
      .object({ positives: z.number().int(), negatives: z.number().int(), ...metricsSchema.shape })
      .meta({ description: 'Over all judged pairs of molecule and note.' }),
    notes: z.array(noteMetricsSchema),
    failed: z.array(z.object({ index: z.number().int(), input: z.string(), error: rowErrorSchema })).meta({
      description: 'Molecules that could not be used, with their place in the request, from 0.',
    }),
    timing: timingSchema,
  })
  .meta({ id: 'EvaluateResponse' });
export type EvaluateResponseBody = z.infer<typeof evaluateResponseSchema>;

/** A molecule that was refused before inference was asked. */
export interface RefusedLabel {
  readonly index: number;
  readonly input: string;
  readonly error: RowErrorJson;
}

/** The answer of inference as the API shows it; `sent` are the molecules it was asked about, with their places. */
export function presentEvaluation(
  sent: readonly { readonly index: number; readonly smiles: string }[],
  refused: readonly RefusedLabel[],
  answer: EvaluateResponse__Output,
  timing: TimingJson,
): EvaluateResponseBody {
  const failed = answer.failed.flatMap(({ index, error }) => {
    const one = sent[index];
    return one && error ? [{ index: one.index, input: one.smiles, error: presentRowError(error) }] : [];
  });
  const all = [...refused, ...failed].toSorted((a, b) => a.index - b.index);
  const told = answer.notes.filter(({ auroc }) => auroc !== undefined);
  const mean = (value: (one: NoteMetrics__Output) => number | undefined): number | undefined =>
    told.length === 0 ? undefined : told.reduce((sum, one) => sum + (value(one) ?? 0), 0) / told.length;
  const { pooled } = answer;
  return {
    model: presentModelRef(answer.model),
    molecules: { sent: sent.length + refused.length, used: answer.molecules, failed: all.length },
    macro: {
      notes: told.length,
      ...presentMetrics({
        auroc: mean((one) => one.auroc),
        averagePrecision: mean((one) => one.averagePrecision),
        brier: mean((one) => one.brier),
        calibrationError: mean((one) => one.calibrationError),
      }),
    },
    pooled: {
      positives: pooled?.positives ?? 0,
      negatives: pooled?.negatives ?? 0,
      ...presentMetrics(pooled ?? {}),
    },
    notes: answer.notes.map((one) => ({
      ...{ note: one.note, positives: one.positives, negatives: one.negatives },
      ...presentMetrics(one),
      ...optionalNumber('mean_probability', one.meanProbability, 4),
    })),
    failed: all,
    timing,
  };
}

function presentMetrics(metrics: {
  auroc?: number | undefined;
  averagePrecision?: number | undefined;
  brier?: number | undefined;
  calibrationError?: number | undefined;
}): z.infer<typeof metricsSchema> {
  const { auroc, averagePrecision, brier, calibrationError } = metrics;
  return {
    ...optionalNumber('auroc', auroc, 4),
    ...optionalNumber('average_precision', averagePrecision, 4),
    ...(brier === undefined ? {} : { brier: rounded(brier, 6) }),
    ...optionalNumber('calibration_error', calibrationError, 4),
  };
}
