import { z } from 'zod';
import type { Attribution__Output } from '../generated/sillage/inference/v1/Attribution.ts';
import type { PredictionRow__Output } from '../generated/sillage/inference/v1/PredictionRow.ts';
import type { RowError__Output } from '../generated/sillage/inference/v1/RowError.ts';
import type { SimilarOdorant__Output } from '../generated/sillage/inference/v1/SimilarOdorant.ts';
import {
  labelSchema,
  type ModelRefJson,
  modelRefSchema,
  noteSchema,
  optionalNumber,
  presentNotes,
  presentWarnings,
  primaryNotes,
  timingSchema,
  warningsSchema,
} from './answer-parts.ts';
import { list, oneOf, rounded, shape, text, wholeNumber } from './fields.ts';

/** The longest SMILES that is read, in characters. */
export const maxSmilesLength = 1000;
/** Molecules of one predict request. */
export const maxPredictMolecules = 256;
/** Odour notes the model knows. */
export const maxTopK = 138;
/** Molecules of one request whose atoms are explained: each costs as many runs of the model as it has atoms. */
export const maxAttributionMolecules = 32;
/** Most neighbours of a molecule that are answered. */
export const maxSimilar = 50;
const smilesText = z.string({ error: 'must be a SMILES, as text' });

/** A row whose length is wrong fails as a row; so the list's own schema looks at types and count only. */
export const smilesField = z
  .union([smilesText, list(smilesText, 1, maxPredictMolecules, 'SMILES')], {
    error: (issue) =>
      `${issue.input === undefined ? 'is required and must' : 'must'} be a SMILES or a list of 1 to ${maxPredictMolecules} SMILES`,
  })
  .meta({
    description: `One SMILES or up to ${maxPredictMolecules}, each of 1 to ${maxSmilesLength} characters.`,
  });

export const topKField = wholeNumber(1, maxTopK).meta({ description: 'How many odour notes to answer.' });

const includes = ['embedding', 'similar', 'svg', 'attribution'] as const;
export const includeField = oneOf(includes);

const modelName = text(1, 100);
/** Which model answers: its name, or name and version. */
export const modelField = z
  .union([modelName, shape({ name: modelName, version: text(1, 20).optional() })], {
    error:
      'must be the name of a model, or an object with its name and version; GET /api/v1/models lists them',
  })
  .meta({
    description:
      'The model that answers, by name or as name and version; see /api/v1/models. Else the default.',
  });
export type ModelField = z.infer<typeof modelField>;

/** `model` of a request as inference takes it; an empty version is the newest. */
export function requestedModel(field: ModelField): ModelRefJson {
  return typeof field === 'string'
    ? { name: field, version: '' }
    : { name: field.name, version: field.version ?? '' };
}

/** What is wrong with asking for the attribution of so many molecules at once; undefined where nothing is. */
export function attributionLimit(molecules: number): string | undefined {
  if (molecules <= maxAttributionMolecules) return undefined;
  return `may have attribution for at most ${maxAttributionMolecules} molecules a request, not ${molecules}`;
}

export const predictRequestSchema = shape({
  smiles: smilesField,
  top_k: topKField.default(5),
  include: list(includeField, 0, includes.length, `of ${includes.join(', ')}`)
    .default([])
    .meta({
      description: `What to answer beyond the notes. attribution takes at most ${maxAttributionMolecules} molecules and brings a drawing coloured by it.`,
    }),
  similar_k: wholeNumber(1, maxSimilar)
    .optional()
    .meta({ description: 'With include similar: how many neighbours; 5 unless said.' }),
  attribution_note: text(1, 60)
    .optional()
    .meta({ description: 'With include attribution: the note to explain; else the most probable one.' }),
  model: modelField.optional(),
})
  .superRefine(({ smiles, include }, context) => {
    if (typeof smiles === 'string' || !include.includes('attribution')) return;
    const message = attributionLimit(smiles.length);
    if (message) context.addIssue({ code: 'custom', path: ['include'], message });
  })
  .meta({ id: 'PredictRequest', example: { smiles: 'COc1cc(C=O)ccc1O', top_k: 3, include: ['similar'] } });
export type PredictRequestBody = z.infer<typeof predictRequestSchema>;

export const similarOdorantSchema = z
  .object({
    smiles: z.string(),
    name: z.string().optional(),
    similarity: z.number().min(-1).max(1).meta({ description: 'Cosine of the embeddings.' }),
    notes: z.array(z.string()).meta({ description: 'As perfumers wrote them down; empty where nobody did.' }),
    sources: z.array(z.string()).meta({ description: 'Collections that list it.' }),
    same_molecule: z
      .literal(true)
      .optional()
      .meta({ description: 'It is the molecule asked about, stereo aside.' }),
  })
  .meta({
    id: 'SimilarOdorant',
    example: {
      smiles: 'CCOc1cc(C=O)ccc1O',
      name: 'ethyl vanillin',
      similarity: 0.9734,
      notes: ['creamy', 'sweet', 'vanilla'],
      sources: ['gslf', 'leffingwell'],
    },
  });
export type SimilarOdorantJson = z.infer<typeof similarOdorantSchema>;

export const attributionSchema = z
  .object({
    note: z.string(),
    label: labelSchema,
    atoms: z.array(z.number().min(-1).max(1)).meta({
      description:
        'For each heavy atom, in the order in which `input` writes them: above 0 speaks for the note, below against it; the largest size is 1.',
    }),
    unit_log_odds: z
      .number()
      .meta({ description: 'Change of the note’s log-odds, with the atom hidden, that 1 stands for.' }),
  })
  .meta({ id: 'Attribution', example: { note: 'sulfurous', atoms: [0.21, 1, 1, 0.21], unit_log_odds: 2.7 } });
export type AttributionJson = z.infer<typeof attributionSchema>;

export const predictionSchema = z
  .object({
    input: z.string().meta({ description: 'The SMILES as it was sent.' }),
    smiles: z.string().meta({ description: 'The canonical SMILES.' }),
    primary_notes: z.array(z.string()),
    notes: z.array(noteSchema).meta({ description: 'The top_k odour notes, most probable first.' }),
    intensity: z.number().min(0).max(10).optional(),
    pleasantness: z.number().min(0).max(10).optional(),
    detection_threshold: z.number().optional().meta({
      description:
        'log10 of the concentration in air, ppm by volume, from which on it is smelt; lower is stronger.',
    }),
    odorous: z.number().min(0).max(1).optional().meta({ description: 'Probability that it smells at all.' }),
    confidence: z.number().min(0).max(1).optional(),
    embedding: z.array(z.number()).optional().meta({ description: 'Place on the odour map.' }),
    similar: z.array(similarOdorantSchema).optional().meta({
      description: 'Nearest known odorants, nearest first; the molecule itself, if known, is the first.',
    }),
    attribution: attributionSchema.optional(),
    svg: z.string().optional().meta({
      description:
        'The structure as a drawing; with attribution, red behind atoms that speak for the note, blue against.',
    }),
    warnings: warningsSchema.optional(),
    cached: z.boolean(),
  })
  .meta({ id: 'Prediction' });
export type PredictionJson = z.infer<typeof predictionSchema>;

export const rowErrorSchema = z
  .object({
    code: z.string(),
    detail: z.string(),
    position: z.number().int().optional().meta({ description: 'Character in the SMILES, counted from 1.' }),
    hint: z.string().optional(),
  })
  .meta({ id: 'RowError' });
export type RowErrorJson = z.infer<typeof rowErrorSchema>;

export const failedRowSchema = z
  .object({ input: z.string(), error: rowErrorSchema })
  .meta({ id: 'FailedRow', description: 'A molecule of a list that could not be used.' });
export type FailedRowJson = z.infer<typeof failedRowSchema>;

export type PredictRowJson = PredictionJson | FailedRowJson;

export const predictResponseSchema = z
  .object({
    model: modelRefSchema,
    predictions: z
      .array(z.union([predictionSchema, failedRowSchema]))
      .meta({ description: 'One for each molecule, in the order of the request.' }),
    timing: timingSchema,
  })
  .meta({ id: 'PredictResponse' });

/** What is wrong with a SMILES by its length alone; it need not be sent to inference to be refused. */
export function smilesLengthError(smiles: string): RowErrorJson | undefined {
  if (smiles.length === 0) {
    return { code: 'invalid_input', detail: 'the SMILES is empty', hint: 'for instance CCO for ethanol' };
  }
  if (smiles.length > maxSmilesLength) {
    return {
      code: 'invalid_input',
      detail: `the SMILES has ${smiles.length} characters`,
      position: maxSmilesLength + 1,
      hint: `at most ${maxSmilesLength} characters are read`,
    };
  }
  return undefined;
}

/** A row of inference as the API shows it. Throws TypeError for a row that holds neither result nor error. */
export function presentPredictionRow(
  input: string,
  row: PredictionRow__Output,
  options: { cached?: boolean } = {},
): PredictRowJson {
  if (row.error) return { input, error: presentRowError(row.error) };
  const prediction = row.prediction;
  if (!prediction) throw new TypeError('a prediction row holds neither a prediction nor an error');
  return {
    input,
    smiles: prediction.smiles,
    primary_notes: prediction.notes.slice(0, primaryNotes),
    notes: presentNotes(prediction.notes, prediction.probabilities),
    ...optionalNumber('intensity', prediction.intensity, 2),
    ...optionalNumber('pleasantness', prediction.pleasantness, 2),
    ...optionalNumber('detection_threshold', prediction.detectionThreshold, 4),
    ...optionalNumber('odorous', prediction.odorous, 4),
    ...optionalNumber('confidence', prediction.confidence, 4),
    ...(prediction.embedding.length > 0 ? { embedding: readFloats(prediction.embedding) } : {}),
    ...(prediction.similar.length > 0 ? { similar: prediction.similar.map(presentSimilar) } : {}),
    ...(prediction.attribution ? { attribution: presentAttribution(prediction.attribution) } : {}),
    ...(prediction.svg ? { svg: prediction.svg } : {}),
    ...presentWarnings(prediction.warnings),
    cached: options.cached ?? false,
  };
}

export function presentSimilar(odorant: SimilarOdorant__Output): SimilarOdorantJson {
  return {
    smiles: odorant.smiles,
    ...(odorant.name ? { name: odorant.name } : {}),
    similarity: rounded(odorant.similarity, 4),
    notes: odorant.notes,
    sources: odorant.sources,
    ...(odorant.sameMolecule ? { same_molecule: true as const } : {}),
  };
}

function presentAttribution({ note, atoms, unitLogOdds }: Attribution__Output): AttributionJson {
  return {
    note,
    atoms: atoms.map((value) => rounded(value, 4)),
    unit_log_odds: rounded(unitLogOdds, 4),
  };
}

/** Why a molecule could not be used; what is not known is absent. */
export function presentRowError(error: RowError__Output): RowErrorJson {
  return {
    code: error.code,
    detail: error.detail,
    ...(error.position === undefined ? {} : { position: error.position }),
    ...(error.hint ? { hint: error.hint } : {}),
  };
}

/** Little-endian float32 as numbers of six digits. */
export function readFloats(bytes: Buffer): number[] {
  const values: number[] = [];
  for (let offset = 0; offset + 4 <= bytes.length; offset += 4) {
    values.push(rounded(bytes.readFloatLE(offset), 6));
  }
  return values;
}
