import { z } from 'zod';
import type { GeneratedCandidates__Output } from '../generated/sillage/inference/v1/GeneratedCandidates.ts';
import type { GeneratedMolecule__Output } from '../generated/sillage/inference/v1/GeneratedMolecule.ts';
import type { GenerateFinished__Output } from '../generated/sillage/inference/v1/GenerateFinished.ts';
import type { GenerateProgress__Output } from '../generated/sillage/inference/v1/GenerateProgress.ts';
import type { GenerateRequest } from '../generated/sillage/inference/v1/GenerateRequest.ts';
import type { GenerateStarted__Output } from '../generated/sillage/inference/v1/GenerateStarted.ts';
import type { SafetyFlag__Output } from '../generated/sillage/inference/v1/SafetyFlag.ts';
import {
  modelRefSchema,
  noteSchema,
  optionalNumber,
  presentModelRef,
  presentNotes,
  timingSchema,
} from './answer-parts.ts';
import { constraintsSchema, toConstraints } from './constraints.ts';
import { flag, oneOf, rounded, shape, text, wholeNumber } from './fields.ts';

/** Molecules of one generate request. */
export const maxGenerateMolecules = 1000;
/** UTF-16 units of a description. */
export const maxDescriptionLength = 2000;
/** Molecules that one Generate call may be told to leave out: all that the largest job can have, and room to spare. */
export const maxExcludedMolecules = 20_000;
export const generationWorkers = ['baseline', 'optimized', 'dit'] as const;

/** What describes the molecules wanted; `num_molecules` is added with the bounds of each route. */
export const generationFields = {
  description: text(1, maxDescriptionLength).meta({ description: 'What it should smell of, and what not.' }),
  worker: oneOf(generationWorkers)
    .optional()
    .meta({ description: 'Which generator; absent: the default one.' }),
  seed: wholeNumber(0, 2 ** 32 - 1)
    .optional()
    .meta({ description: 'The same seed gives the same answer.' }),
  constraints: constraintsSchema.optional(),
  score: flag()
    .optional()
    .meta({
      description:
        'false: raw candidates as they are drawn, many times faster: valid, distinct and none that a safety rule ' +
        'blocks, but without match, notes, properties and safety score. Absent: true.',
    }),
  language: z
    .string({ error: 'must be a language code of two letters such as en' })
    .regex(/^[a-z]{2}$/, 'must be a language code of two letters such as en')
    .optional()
    .meta({ description: 'ISO 639-1; absent: detected.' }),
};

/** A generation without scores has no match to hold against `min_match`. */
export function refuseMatchOfUnscored(
  {
    score,
    constraints,
  }: {
    readonly score?: boolean | undefined;
    readonly constraints?: { readonly min_match?: number | undefined } | undefined;
  },
  context: z.RefinementCtx,
): void {
  if (score !== false || constraints?.min_match === undefined) return;
  const message = 'needs the match, which is not computed where score is false';
  context.addIssue({ code: 'custom', path: ['constraints', 'min_match'], message });
}

export const generateRequestSchema = shape({
  ...generationFields,
  num_molecules: wholeNumber(1, maxGenerateMolecules).default(10),
})
  .superRefine(refuseMatchOfUnscored)
  .meta({
    id: 'GenerateRequest',
    example: { description: 'warm vanilla, slightly smoky, not floral', num_molecules: 3, seed: 7 },
  });
export type GenerateRequestBody = z.infer<typeof generateRequestSchema>;

export const safetyFlagSchema = z
  .object({
    rule: z.string(),
    title: z.string(),
    severity: z.string().meta({ description: 'block, warn or info' }),
    source: z.string(),
  })
  .meta({ id: 'SafetyFlag' });

export const safetySchema = z.object({
  score: z.number().min(0).max(1),
  flags: z.array(safetyFlagSchema),
});

export const moleculeSchema = z
  .object({
    smiles: z.string(),
    valid: z.boolean(),
    novel: z.boolean().meta({ description: 'Not among the molecules the generator was trained on.' }),
    match: z.number().min(0).max(1).meta({ description: 'How well it fits the description.' }),
    notes: z.array(noteSchema),
    molecular_weight: z.number().meta({ description: 'g/mol' }),
    log_p: z.number().optional(),
    tpsa: z.number().optional().meta({ description: 'Polar surface, square ångström.' }),
    synthetic_accessibility: z.number().optional().meta({ description: '1 (easy) to 10.' }),
    similarity: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .meta({ description: 'To the molecule of `similar_to`; there when one was given.' }),
    safety: safetySchema,
  })
  .meta({ id: 'Molecule' });
export type MoleculeJson = z.infer<typeof moleculeSchema>;

export const candidateSchema = z
  .object({
    smiles: z.string(),
    valid: z.literal(true),
    novel: z.boolean().meta({ description: 'Not among the molecules the generator was trained on.' }),
  })
  .meta({ id: 'Candidate', description: 'A molecule of a generation with `"score": false`.' });
export type CandidateJson = z.infer<typeof candidateSchema>;

/** The first event of a generation: what was understood. */
export const generateStartedSchema = z
  .object({
    model: modelRefSchema,
    worker: z.string(),
    language: z.string().meta({ description: 'In which the description was read.' }),
    other_languages: z.array(z.string()).optional().meta({
      description: 'There when the language was not given and the description fits others as well.',
    }),
    understood: z
      .record(z.string(), z.number().min(-1).max(1))
      .meta({ description: 'Odour note to weight; negative: not wanted.' }),
    unrecognised: z.array(z.string()),
    seed: z.number().int(),
  })
  .meta({ id: 'GenerateStarted' });
export type GenerateStartedJson = z.infer<typeof generateStartedSchema>;

export const generateProgressSchema = z
  .object({ sampled: z.number().int(), valid: z.number().int(), accepted: z.number().int() })
  .meta({ id: 'GenerateProgress' });
export type GenerateProgressJson = z.infer<typeof generateProgressSchema>;

export const generationStatisticsSchema = z
  .object({
    sampled: z.number().int(),
    valid: z.number().int(),
    unique: z.number().int(),
    novel: z.number().int(),
    rejected_by: z.record(z.string(), z.number().int()).optional().meta({
      description:
        'How many of the unique molecules each rule turned away; a molecule counts at the first that it fails.',
    }),
  })
  .meta({ id: 'GenerationStatistics' });
export type GenerationStatisticsJson = z.infer<typeof generationStatisticsSchema>;

export const shortfallSchema = z
  .object({
    wanted: z.number().int(),
    found: z.number().int(),
    reason: z.string().meta({ description: 'Why there are no more, and which rule turned away most.' }),
  })
  .meta({ id: 'Shortfall', description: 'There when fewer molecules were found than asked for.' });
export type ShortfallJson = z.infer<typeof shortfallSchema>;

export const generateResponseSchema = z
  .object({
    ...generateStartedSchema.shape,
    molecules: z
      .union([z.array(moleculeSchema), z.array(candidateSchema)])
      .meta({ description: 'Best match first; candidates in the order they were drawn.' }),
    statistics: generationStatisticsSchema,
    shortfall: shortfallSchema.optional(),
    timing: timingSchema,
  })
  .meta({ id: 'GenerateResponse' });
export type GenerateResponseBody = z.infer<typeof generateResponseSchema>;

/** A generation as inference takes it. `count`, `seed` and `excludeSmiles` are a chunk's own where a job is split. */
export function toGenerateRequest(
  body: Omit<GenerateRequestBody, 'num_molecules'>,
  chunk: { count: number; seed?: number | undefined; excludeSmiles?: readonly string[] },
): GenerateRequest {
  const seed = chunk.seed ?? body.seed;
  return {
    description: body.description,
    language: body.language ?? '',
    numMolecules: chunk.count,
    worker: body.worker ?? '',
    ...(seed === undefined ? {} : { seed }),
    ...(body.constraints ? { constraints: toConstraints(body.constraints) } : {}),
    excludeSmiles: [...(chunk.excludeSmiles ?? [])],
    unconditioned: false,
    unscored: body.score === false,
  };
}

/** A made molecule as the API shows it; what was not computed is absent. */
export function presentMolecule(molecule: GeneratedMolecule__Output): MoleculeJson {
  return {
    smiles: molecule.smiles,
    valid: molecule.valid,
    novel: molecule.novel,
    match: rounded(molecule.match, 4),
    notes: presentNotes(molecule.notes, molecule.probabilities),
    molecular_weight: rounded(molecule.molecularWeight, 3),
    ...optionalNumber('log_p', molecule.logP, 2),
    ...optionalNumber('tpsa', molecule.tpsa, 2),
    ...optionalNumber('synthetic_accessibility', molecule.syntheticAccessibility, 2),
    ...optionalNumber('similarity', molecule.similarity, 4),
    safety: presentSafetyScore(molecule.safetyScore, molecule.safetyFlags),
  };
}

export function presentSafetyScore(
  score: number,
  flags: readonly SafetyFlag__Output[],
): z.infer<typeof safetySchema> {
  return {
    score: rounded(score, 4),
    flags: flags.map(({ rule, title, severity, source }) => ({ rule, title, severity, source })),
  };
}

/** Candidates as the API shows them. */
export function presentCandidates({ smiles, novel }: GeneratedCandidates__Output): CandidateJson[] {
  return smiles.map((one, index) => ({ smiles: one, valid: true, novel: novel[index] ?? false }));
}

/** What a generation was understood as, its weights to four places. */
export function presentGenerateStarted(started: GenerateStarted__Output): GenerateStartedJson {
  return {
    model: presentModelRef(started.model),
    worker: started.worker,
    language: started.language,
    ...(started.otherLanguages.length > 0 ? { other_languages: started.otherLanguages } : {}),
    understood: Object.fromEntries(
      Object.entries(started.understood).map(([note, weight]) => [note, rounded(weight, 4)]),
    ),
    unrecognised: started.unrecognised,
    seed: started.seed,
  };
}

/** How far a generation is. */
export function presentGenerateProgress(progress: GenerateProgress__Output): GenerateProgressJson {
  return { sampled: progress.sampled, valid: progress.valid, accepted: progress.accepted };
}

/** What to say of a generation that found less than it was asked for; undefined when it found all. */
export function presentShortfall(
  { wanted, found }: { wanted: number; found: number },
  { sampled, rejectedBy }: Pick<GenerateFinished__Output, 'sampled' | 'rejectedBy'>,
): ShortfallJson | undefined {
  if (found >= wanted) return undefined;
  const reason = `of ${sampled} samples no further molecule fits the description and the constraints`;
  return { wanted, found, reason: reason + costliestRule(rejectedBy) };
}

/** The end of a reason: the rule that turned away most, which is the one to loosen first. Empty where none did. */
export function costliestRule(rejectedBy: Readonly<Record<string, number>> = {}): string {
  const [most] = Object.entries(rejectedBy).toSorted(([, a], [, b]) => b - a);
  return most === undefined ? '' : `; ${most[0]} turned away most, ${most[1]} molecules`;
}

/** What a generation drew in all. */
export function presentStatistics(finished: GenerateFinished__Output): GenerationStatisticsJson {
  return {
    sampled: finished.sampled,
    valid: finished.valid,
    unique: finished.unique,
    novel: finished.novel,
    ...(Object.keys(finished.rejectedBy).length > 0 ? { rejected_by: finished.rejectedBy } : {}),
  };
}
