import { z } from 'zod';
import type { Descriptions } from './descriptions.ts';

const weight = z
  .number()
  .min(-1)
  .max(1)
  .refine((value) => value !== 0);

/** The test set's file: evaluation/descriptions.yaml says what its fields mean. */
export const testCasesSchema = z.array(
  z.strictObject({
    language: z.string(),
    text: z.string(),
    notes: z.record(z.string(), weight),
    optional: z.array(z.string()).default([]),
  }),
);

export type TestCase = z.infer<typeof testCasesSchema>[number];

/** What all texts together must reach: shares of the notes read, and of those asked for. */
export const bar = { precision: 0.9, recall: 0.85 };

/** Counts over some texts; `scoresOf` makes shares of them. */
export interface Tally {
  texts: number;
  /** Notes read that are asked for, with the same sign. */
  right: number;
  /** Notes read, but for optional ones. */
  read: number;
  /** Notes asked for. */
  asked: number;
  /** Pairs of wanted notes of which one is asked for more, both read; and those read in that order. */
  pairs: number;
  ordered: number;
  /** Texts whose language was found. */
  detected: number;
}

/** What went wrong in one text: "+note" was read and not asked for, "-note" asked for and not read. */
export interface Mistake {
  readonly language: string;
  readonly text: string;
  readonly faults: readonly string[];
}

export interface Evaluation {
  readonly byLanguage: ReadonlyMap<string, Tally>;
  readonly total: Tally;
  readonly mistakes: readonly Mistake[];
}

/** Reads every text without being told its language, and compares what was understood with what it asks for. */
export function evaluateDescriptions(descriptions: Descriptions, cases: readonly TestCase[]): Evaluation {
  const total = emptyTally();
  const byLanguage = new Map<string, Tally>();
  const mistakes: Mistake[] = [];
  for (const test of cases) {
    const { language, weights } = descriptions.understand(test.text);
    const tally = compare(test, weights, language === test.language);
    const ofLanguage = byLanguage.get(test.language) ?? emptyTally();
    byLanguage.set(test.language, ofLanguage);
    add(ofLanguage, tally);
    add(total, tally);
    const faults = faultsOf(test, weights);
    if (language !== test.language) faults.push(`read as ${language}`);
    if (faults.length > 0) mistakes.push({ language: test.language, text: test.text, faults });
  }
  return { byLanguage, total, mistakes };
}

/** Shares from 0 to 1; 1 where there was nothing to get wrong. */
export function scoresOf(
  tally: Tally,
): Readonly<Record<'precision' | 'recall' | 'order' | 'language', number>> {
  const share = (part: number, whole: number) => (whole === 0 ? 1 : part / whole);
  return {
    precision: share(tally.right, tally.read),
    recall: share(tally.right, tally.asked),
    order: share(tally.ordered, tally.pairs),
    language: share(tally.detected, tally.texts),
  };
}

function compare(test: TestCase, weights: ReadonlyMap<string, number>, isDetected: boolean): Tally {
  const tally = { ...emptyTally(), texts: 1, detected: isDetected ? 1 : 0 };
  const asked = Object.entries(test.notes);
  tally.asked = asked.length;
  tally.right = asked.filter(([note, value]) => hasSign(weights.get(note), value)).length;
  tally.read = [...weights.keys()].filter(
    (note) => note in test.notes || !test.optional.includes(note),
  ).length;
  for (const [note, value] of asked) {
    const read = weights.get(note) ?? 0;
    for (const [other, lower] of asked) {
      const readLower = weights.get(other) ?? 0;
      if (!(value > lower && lower > 0 && read > 0 && readLower > 0)) continue;
      tally.pairs++;
      if (read > readLower) tally.ordered++;
    }
  }
  return tally;
}

function faultsOf(test: TestCase, weights: ReadonlyMap<string, number>): string[] {
  const surplus = [...weights]
    .filter(([note, value]) =>
      note in test.notes ? !hasSign(value, test.notes[note] ?? 0) : !test.optional.includes(note),
    )
    .map(([note, value]) => `+${note} ${value}`);
  const missing = Object.entries(test.notes)
    .filter(([note, value]) => !hasSign(weights.get(note), value))
    .map(([note, value]) => `-${note} ${value}`);
  return [...surplus, ...missing];
}

function hasSign(read: number | undefined, asked: number): boolean {
  return read !== undefined && Math.sign(read) === Math.sign(asked);
}

function emptyTally(): Tally {
  return { texts: 0, right: 0, read: 0, asked: 0, pairs: 0, ordered: 0, detected: 0 };
}

function add(sum: Tally, tally: Tally): void {
  sum.texts += tally.texts;
  sum.right += tally.right;
  sum.read += tally.read;
  sum.asked += tally.asked;
  sum.pairs += tally.pairs;
  sum.ordered += tally.ordered;
  sum.detected += tally.detected;
}
