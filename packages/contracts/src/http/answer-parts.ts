import { z } from 'zod';
import type { ModelRef__Output } from '../generated/sillage/inference/v1/ModelRef.ts';
import type { Timing__Output } from '../generated/sillage/inference/v1/Timing.ts';
import type { Warning__Output } from '../generated/sillage/inference/v1/Warning.ts';
import { rounded } from './fields.ts';

/** How many of the notes `primary_notes` repeats. */
export const primaryNotes = 3;

export const modelRefSchema = z
  .object({ name: z.string(), version: z.string() })
  .meta({ id: 'ModelRef', example: { name: 'olfactory-base', version: '1' } });
export type ModelRefJson = z.infer<typeof modelRefSchema>;

export const timingSchema = z
  .object({
    queue_ms: z.number().meta({ description: 'Longest wait of a molecule before its batch ran.' }),
    inference_ms: z.number().meta({ description: 'Time in the model; 0 when everything was cached.' }),
    total_ms: z.number(),
  })
  .meta({ id: 'Timing' });
export type TimingJson = z.infer<typeof timingSchema>;

/** The note in the language of the request; of every schema that has a member `note`. */
export const labelSchema = z.string().optional().meta({
  description: 'The note in the language that Accept-Language asks for; absent in English.',
});

export const noteSchema = z
  .object({ note: z.string(), label: labelSchema, probability: z.number().min(0).max(1) })
  .meta({ id: 'OdourNote', example: { note: 'vanilla', probability: 0.97 } });
export type NoteJson = z.infer<typeof noteSchema>;

/** What to read an answer with; the guide lists the codes. */
export const warningsSchema = z.array(z.object({ code: z.string(), detail: z.string() }));

/** Warnings, where there are any. */
export function presentWarnings(warnings: readonly Warning__Output[]): {
  warnings?: z.infer<typeof warningsSchema>;
} {
  if (warnings.length === 0) return {};
  return { warnings: warnings.map(({ code, detail }) => ({ code, detail })) };
}

/** The model that answered. */
export function presentModelRef(model: ModelRef__Output | null): ModelRefJson {
  return { name: model?.name ?? '', version: model?.version ?? '' };
}

/** Notes and probabilities that run in parallel, as pairs. */
export function presentNotes(notes: readonly string[], probabilities: readonly number[]): NoteJson[] {
  return notes.map((note, index) => ({ note, probability: rounded(probabilities[index] ?? 0, 4) }));
}

/** Milliseconds to a thousandth; zeros where nothing was measured. */
export function presentTiming(timing: Timing__Output | null): TimingJson {
  return {
    queue_ms: rounded(timing?.queueMs ?? 0, 3),
    inference_ms: rounded(timing?.inferenceMs ?? 0, 3),
    total_ms: rounded(timing?.totalMs ?? 0, 3),
  };
}

/** A property that is there only when its value is. */
export function optionalNumber<K extends string>(
  name: K,
  value: number | undefined,
  places: 2 | 4,
): { [P in K]?: number } {
  return value === undefined ? {} : ({ [name]: rounded(value, places) } as { [P in K]: number });
}
