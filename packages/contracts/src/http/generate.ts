import { z } from 'zod';
import type { GeneratedMolecule__Output } from '../generated/sillage/inference/v1/GeneratedMolecule.ts';
import type { GenerateFinished__Output } from '../generated/sillage/inference/v1/GenerateFinished.ts';
import type { GenerateProgress__Output } from '../generated/sillage/inference/v1/GenerateProgress.ts';
import type { GenerateRequest } from '../generated/sillage/inference/v1/GenerateRequest.ts';
import type { GenerateStarted__Output } from '../generated/sillage/inference/v1/GenerateStarted.ts';
import { decimal, flag, list, oneOf, rounded, shape, text, wholeNumber } from './fields.ts';
import {
  maxSmilesLength,
  modelRefSchema,
  noteSchema,
  optionalNumber,
  presentNotes,
  timingSchema,
} from './predict.ts';

/** Molecules of one generate request. */
export const maxGenerateMolecules = 1000;
/** UTF-16 units of a description. */
export const maxDescriptionLength = 2000;
/** Molecules that one Generate call may be told to leave out: all that the largest job can have, and room to spare. */
export const maxExcludedMolecules = 20_000;
export const generationWorkers = ['baseline', 'optimized', 'dit'] as const;

/** Characters of a scaffold. */
const maxScaffoldLength = 500;

const similarToSchema = shape({
  smiles: text(1, maxSmilesLength).meta({ description: 'The molecule to be like.' }),
  min: decimal(0, 1).optional().meta({ description: 'Absent: 0.' }),
  max: decimal(0, 1).optional().meta({ description: 'Absent: 1.' }),
})
  .superRefine((range, context) => refuseCrossed(range, ['min', 'max'], context))
  .meta({
    id: 'SimilarTo',
    description: 'Tanimoto similarity on Morgan environments of radius 2 in 2,048 bits.',
  });

export const constraintsSchema = shape({
  min_molecular_weight: decimal(1, 2000, 'g/mol').optional(),
  max_molecular_weight: decimal(16, 2000, 'g/mol').optional(),
  min_log_p: decimal(-20, 20).optional().meta({ description: "Crippen's log P." }),
  max_log_p: decimal(-20, 20).optional(),
  min_rings: wholeNumber(0, 60)
    .optional()
    .meta({ description: 'As RDKit counts them: decalin has 2, cineole 3.' }),
  max_rings: wholeNumber(0, 60).optional(),
  allowed_elements: list(
    z
      .string({ error: 'must be the symbol of an element, such as C or Cl' })
      .regex(/^[A-Z][a-z]?$/, 'must be the symbol of an element, such as C or Cl'),
    1,
    20,
    'symbols of elements',
  )
    .optional()
    .meta({ description: 'Hydrogen is always allowed.' }),
  scaffold: text(1, maxScaffoldLength)
    .optional()
    .meta({ description: 'What each molecule contains: a core as SMILES, or a pattern as SMARTS.' }),
  similar_to: similarToSchema.optional(),
  max_synthetic_accessibility: decimal(1, 10).optional().meta({ description: '1 (easy) to 10.' }),
  min_match: decimal(0, 1).optional().meta({ description: 'Least match with the description, 0-1.' }),
  novel_only: flag().optional().meta({ description: 'Leave out molecules the generator was trained on.' }),
  exclude_allergens: flag().optional(),
})
  .superRefine((constraints, context) => {
    refuseCrossed(constraints, ['min_molecular_weight', 'max_molecular_weight'], context);
    refuseCrossed(constraints, ['min_log_p', 'max_log_p'], context);
    refuseCrossed(constraints, ['min_rings', 'max_rings'], context);
  })
  .meta({
    id: 'Constraints',
    example: { max_molecular_weight: 250, scaffold: 'c1ccccc1', allowed_elements: ['C', 'O'] },
  });

/** Names both bounds where the lower is above the upper: seen here, a job fails before it is queued. */
function refuseCrossed<K extends string>(
  values: { readonly [P in K]?: unknown },
  [low, high]: readonly [K, K],
  context: z.RefinementCtx,
): void {
  const [min, max] = [values[low], values[high]];
  if (typeof min !== 'number' || typeof max !== 'number' || min <= max) return;
  const message = `${low} (${min}) is above ${high} (${max}): no molecule can meet both`;
  for (const field of [low, high]) context.addIssue({ code: 'custom', path: [field], message });
}

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
  language: z
    .string({ error: 'must be a language code of two letters such as en' })
    .regex(/^[a-z]{2}$/, 'must be a language code of two letters such as en')
    .optional()
    .meta({ description: 'ISO 639-1; absent: detected.' }),
};

export const generateRequestSchema = shape({
  ...generationFields,
  num_molecules: wholeNumber(1, maxGenerateMolecules).default(10),
}).meta({
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
    safety: z.object({ score: z.number().min(0).max(1), flags: z.array(safetyFlagSchema) }),
  })
  .meta({ id: 'Molecule' });
export type MoleculeJson = z.infer<typeof moleculeSchema>;

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
    molecules: z.array(moleculeSchema).meta({ description: 'Best match first.' }),
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
  const constraints = body.constraints;
  const seed = chunk.seed ?? body.seed;
  return {
    description: body.description,
    language: body.language ?? '',
    numMolecules: chunk.count,
    worker: body.worker ?? '',
    ...(seed === undefined ? {} : { seed }),
    ...(constraints
      ? {
          constraints: {
            ...defined('minMolecularWeight', constraints.min_molecular_weight),
            ...defined('maxMolecularWeight', constraints.max_molecular_weight),
            ...defined('minLogP', constraints.min_log_p),
            ...defined('maxLogP', constraints.max_log_p),
            ...defined('minRings', constraints.min_rings),
            ...defined('maxRings', constraints.max_rings),
            ...defined('allowedElements', constraints.allowed_elements),
            ...defined('scaffold', constraints.scaffold),
            ...(constraints.similar_to
              ? {
                  similarTo: {
                    smiles: constraints.similar_to.smiles,
                    ...defined('min', constraints.similar_to.min),
                    ...defined('max', constraints.similar_to.max),
                  },
                }
              : {}),
            ...defined('maxSyntheticAccessibility', constraints.max_synthetic_accessibility),
            ...defined('minMatch', constraints.min_match),
            ...defined('novelOnly', constraints.novel_only),
            ...defined('excludeAllergens', constraints.exclude_allergens),
          },
        }
      : {}),
    excludeSmiles: [...(chunk.excludeSmiles ?? [])],
    unconditioned: false,
  };
}

function defined<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: V });
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
    safety: {
      score: rounded(molecule.safetyScore, 4),
      flags: molecule.safetyFlags.map(({ rule, title, severity, source }) => ({
        rule,
        title,
        severity,
        source,
      })),
    },
  };
}

/** What a generation was understood as, its weights to four places. */
export function presentGenerateStarted(started: GenerateStarted__Output): GenerateStartedJson {
  return {
    model: { name: started.model?.name ?? '', version: started.model?.version ?? '' },
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
