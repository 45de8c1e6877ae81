import { z } from 'zod';
import { modelRefSchema } from './answer-parts.ts';
import { list, oneOf, queryNumber, shape, text, wholeNumber, withoutNul } from './fields.ts';
import {
  candidateSchema,
  generationFields,
  generationStatisticsSchema,
  moleculeSchema,
  refuseMatchOfUnscored,
  shortfallSchema,
} from './generate.ts';
import { failedRowSchema, maxTopK, modelField, predictionSchema, topKField } from './predict.ts';

/** Molecules of one prediction job. */
export const maxJobMolecules = 100_000;
/** Molecules of one generation job. */
export const maxJobGeneration = 10_000;

/** Lengths are a row's own affair, as in a list of /predict. */
export const predictJobInputSchema = shape({
  smiles: list(withoutNul(z.string({ error: 'must be a SMILES, as text' })), 1, maxJobMolecules, 'SMILES'),
  top_k: topKField.default(5),
  model: modelField.optional(),
}).meta({ id: 'PredictJobInput' });
export type PredictJobInput = z.infer<typeof predictJobInputSchema>;

export const generateJobInputSchema = shape({
  ...generationFields,
  num_molecules: wholeNumber(1, maxJobGeneration),
})
  .superRefine(refuseMatchOfUnscored)
  .meta({ id: 'GenerateJobInput' });
export type GenerateJobInput = z.infer<typeof generateJobInputSchema>;

/** A week. */
const maxDeadlineS = 604_800;
/** What every kind of job may say beside its input. */
const jobOptions = {
  deadline_s: wholeNumber(1, maxDeadlineS)
    .optional()
    .meta({ description: 'Seconds from now after which the job fails if it has not ended.' }),
  webhook: shape({
    url: text(1, 2000).meta({ description: 'Gets a signed POST when the job has ended.' }),
    secret: text(16, 200).optional().meta({
      description: 'What deliveries are signed with; absent, one is made and shown in this answer alone.',
    }),
  }).optional(),
};

const predictJobSchema = shape({ kind: z.literal('predict'), input: predictJobInputSchema, ...jobOptions });
const generateJobSchema = shape({
  kind: z.literal('generate'),
  input: generateJobInputSchema,
  ...jobOptions,
});

export const createJobSchema = z
  .discriminatedUnion('kind', [predictJobSchema, generateJobSchema], {
    error: (issue) =>
      typeof issue.input === 'object' && issue.input !== null && !Array.isArray(issue.input)
        ? 'must be one of predict, generate'
        : 'must be an object',
  })
  .meta({
    id: 'CreateJobRequest',
    example: { kind: 'predict', input: { smiles: ['COc1cc(C=O)ccc1O', 'CSSC'], top_k: 3 } },
  });
export type CreateJobBody = z.infer<typeof createJobSchema>;
export type JobKind = CreateJobBody['kind'];

/** `succeeded`, `failed` and `cancelled` are final: a job leaves them only by resume or retry. */
export const jobStatuses = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'] as const;
export const jobStatusSchema = z.enum(jobStatuses);
export type JobStatus = z.infer<typeof jobStatusSchema>;

/** What became known while the job ran. */
export const jobSummarySchema = z
  .object({
    model: modelRefSchema.optional(),
    worker: z.string().optional(),
    language: z.string().optional(),
    understood: z.record(z.string(), z.number()).optional(),
    unrecognised: z.array(z.string()).optional(),
    statistics: generationStatisticsSchema.optional(),
    shortfall: shortfallSchema.optional(),
  })
  .meta({ id: 'JobSummary' });

/** What was recognised in an uploaded file. */
export const inputReportSchema = z
  .object({
    format: z.enum(['csv', 'smiles']),
    encoding: z.string().meta({ description: 'For instance utf-8, utf-16le or windows-1252.' }),
    delimiter: z.string().optional().meta({ description: 'Between the cells of a CSV file.' }),
    column: z.string().optional().meta({ description: 'The column of a CSV file that was read.' }),
    rows: z.number().int(),
    rejected: z
      .number()
      .int()
      .meta({ description: 'Rows that hold no molecule; each has its row in the results.' }),
    problems: z
      .array(z.object({ line: z.number().int(), detail: z.string() }))
      .meta({ description: 'The first of them, by line.' }),
  })
  .meta({ id: 'JobInputReport' });
export type InputReportJson = z.infer<typeof inputReportSchema>;

export const jobSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['predict', 'generate']),
    status: jobStatusSchema,
    progress: z.object({
      done: z.number().int().meta({ description: 'Molecules in finished chunks; never falls.' }),
      in_progress: z.number().int().meta({ description: 'Molecules so far in chunks that are running.' }),
      failed: z.number().int().meta({
        description: 'Of those done, the ones that carry an error; falls when a retry mends some.',
      }),
      total: z.number().int().meta({ description: 'Molecules asked for.' }),
    }),
    summary: jobSummarySchema,
    created_at: z.string(),
    started_at: z.string().nullable(),
    finished_at: z.string().nullable(),
    deadline_at: z.string().nullable().meta({ description: 'When it fails if it has not ended.' }),
    results_deleted_at: z.string().nullable().meta({ description: 'When its results were deleted.' }),
    input_report: inputReportSchema.nullable(),
    webhook: z
      .object({
        url: z.string(),
        secret: z.string().optional().meta({ description: 'Where it was made for you: shown this once.' }),
      })
      .nullable(),
    error: z
      .object({ code: z.string(), detail: z.string() })
      .nullable()
      .meta({ description: 'Why the job failed.' }),
    links: z.object({
      self: z.string(),
      events: z.string(),
      results: z.string(),
      deliveries: z.string(),
    }),
  })
  .meta({ id: 'Job' });
export type JobJson = z.infer<typeof jobSchema>;

export const listJobsQuerySchema = shape({
  limit: queryNumber(1, 100).default(20).meta({ description: 'How many at most.' }),
  before: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'Only jobs made before this one: `next` of a page.' }),
  status: oneOf(jobStatuses).optional().meta({ description: 'Only jobs in this state.' }),
});
export const jobListSchema = z
  .object({ jobs: z.array(jobSchema), next: z.string().nullable() })
  .meta({ id: 'JobList', description: 'Newest first.' });

export const resultFormats = ['ndjson', 'csv', 'sdf', 'parquet'] as const;
/** What goes with a file of molecules, in the query. */
export const uploadJobQuerySchema = shape({
  column: text(1, 200).optional().meta({
    description: 'Of a CSV file: the column of the SMILES by name, or by number from 1; else `smiles`.',
  }),
  top_k: queryNumber(1, maxTopK).default(5).meta({ description: 'Odour notes of each molecule.' }),
  model: text(1, 100).optional().meta({ description: 'Name of the model; else the default.' }),
  model_version: text(1, 20).optional().meta({ description: 'Of the model; else the newest.' }),
  webhook_url: text(1, 2000).optional().meta({ description: 'Gets a signed POST when the job has ended.' }),
  deadline_s: queryNumber(1, maxDeadlineS)
    .optional()
    .meta({ description: 'Seconds from now after which the job fails if it has not ended.' }),
});

export const uploadFormSchema = z.object({ file: z.string().meta({ format: 'binary' }) });

export const jobResultsQuerySchema = shape({
  format: oneOf(resultFormats).default('ndjson').meta({ description: 'Form of the rows.' }),
});

const index = z.number().int().meta({ description: 'Place in the input or in the answer, from 0.' });
const line = z.number().int().optional().meta({ description: 'Line of the uploaded file, from 1.' });
/** One NDJSON line of a prediction job's results. */
export const predictResultLineSchema = z
  .union([
    z.object({ index, line, ...predictionSchema.shape }),
    z.object({ index, line, ...failedRowSchema.shape }),
  ])
  .meta({ id: 'PredictResultLine' });
export type PredictResultLine = z.infer<typeof predictResultLineSchema>;
/** One NDJSON line of a generation job's results. */
export const generateResultLineSchema = z
  .union([z.object({ index, ...moleculeSchema.shape }), z.object({ index, ...candidateSchema.shape })])
  .meta({ id: 'GenerateResultLine' });
export type GenerateResultLine = z.infer<typeof generateResultLineSchema>;
