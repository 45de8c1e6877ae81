import { expect, test } from '@jest/globals';
import type { z } from 'zod';
import { generateRequestSchema } from './generate.ts';
import { createJobSchema } from './jobs.ts';
import { predictRequestSchema } from './predict.ts';
import { fieldErrors } from './problem.ts';
import { ingestReadingsSchema } from './sensors.ts';

function wrong(schema: z.ZodType, value: unknown): [string, string][] {
  const parsed = schema.safeParse(value);
  if (parsed.success) throw new Error('was accepted');
  return fieldErrors(parsed.error).map(({ pointer, detail }) => [pointer, detail]);
}

test.each([0, 1e9, 'x', 1.5, null, -0.5])('num_molecules %p is told what would be right', (num_molecules) => {
  expect(wrong(generateRequestSchema, { description: 'vanilla', num_molecules })).toEqual([
    ['/num_molecules', 'must be a whole number from 1 to 1000'],
  ]);
});

test('an unknown worker is told the workers', () => {
  expect(wrong(generateRequestSchema, { description: 'vanilla', worker: 'wizard' })).toEqual([
    ['/worker', 'must be one of baseline, optimized, dit'],
  ]);
});

test('every wrong field is named at once, unknown ones by name', () => {
  expect(wrong(generateRequestSchema, { num: 3, 'a/b': 1, constraints: { min_match: 2 } })).toEqual([
    ['/description', 'is required and must be text of 1 to 2000 characters'],
    ['/constraints/min_match', 'must be a number from 0 to 1'],
    ['/num', expect.stringContaining('is not a known property; known are description, worker')],
    ['/a~1b', expect.stringContaining('is not a known property')],
  ]);
});

test('a body that is no object', () => {
  expect(wrong(predictRequestSchema, [])).toEqual([['', 'must be an object']]);
});

test('smiles is one text or a list of at most 256', () => {
  expect(predictRequestSchema.parse({ smiles: 'CCO' })).toEqual({ smiles: 'CCO', top_k: 5, include: [] });
  expect(wrong(predictRequestSchema, {})).toEqual([
    ['/smiles', 'is required and must be a SMILES or a list of 1 to 256 SMILES'],
  ]);
  expect(wrong(predictRequestSchema, { smiles: 5 })).toEqual([
    ['/smiles', 'must be a SMILES or a list of 1 to 256 SMILES'],
  ]);
  expect(wrong(predictRequestSchema, { smiles: ['C', 5] })).toEqual([
    ['/smiles/1', 'must be a SMILES, as text'],
  ]);
  for (const smiles of [[], Array(257).fill('C')]) {
    expect(wrong(predictRequestSchema, { smiles })).toEqual([
      ['/smiles', expect.stringContaining('a list of 1 to 256 SMILES')],
    ]);
  }
});

test('a job has a known kind and its own input', () => {
  expect(wrong(createJobSchema, { kind: 'dream', input: {} })).toEqual([
    ['/kind', 'must be one of predict, generate'],
  ]);
  expect(wrong(createJobSchema, { kind: 'generate', input: { description: 'rose' } })).toEqual([
    ['/input/num_molecules', 'is required and must be a whole number from 1 to 10000'],
  ]);
});

test('a reading names its channel and place when a value is wrong', () => {
  const readings = [{ t: '2026-11-21T10:00:00Z', channels: { NO2: 'high', VOC: null } }];
  expect(wrong(ingestReadingsSchema, { readings })).toEqual([
    ['/readings/0/channels/NO2', 'must be a finite number, or null where nothing was measured'],
  ]);
  expect(wrong(ingestReadingsSchema, { readings: [{ t: 'noon', channels: {} }] })).toEqual([
    ['/readings/0/t', 'must be a time such as 2026-11-21T10:00:00Z'],
  ]);
});

test('constraints that contradict each other are named, for jobs before anything is queued', () => {
  const constraints = { min_rings: 3, max_rings: 1, similar_to: { smiles: 'C', min: 0.9, max: 0.2 } };
  const crossed = expect.stringContaining('no molecule can meet both');
  const input = { description: 'rose', num_molecules: 2, constraints };
  expect(wrong(createJobSchema, { kind: 'generate', input })).toEqual([
    ['/input/constraints/similar_to/min', crossed],
    ['/input/constraints/similar_to/max', crossed],
    ['/input/constraints/min_rings', crossed],
    ['/input/constraints/max_rings', crossed],
  ]);
});

test('constraints are strict', () => {
  const constraints = {
    allowed_elements: ['C', 'carbon'],
    scaffold: 'C'.repeat(501),
    max_synthetic_accessibility: 11,
    similar_to: { min: 0.5, like: 'C' },
    max_weight: 3,
  };
  const pointers = wrong(generateRequestSchema, { description: 'rose', constraints }).map(
    ([pointer]) => pointer,
  );
  expect(pointers.toSorted()).toEqual([
    '/constraints/allowed_elements/1',
    '/constraints/max_synthetic_accessibility',
    '/constraints/max_weight',
    '/constraints/scaffold',
    '/constraints/similar_to/like',
    '/constraints/similar_to/smiles',
  ]);
});

test('no text may hold U+0000, which no database column can', () => {
  const nul = 'must not hold the character U+0000';
  expect(wrong(generateRequestSchema, { description: 'rose\0' })).toEqual([['/description', nul]]);
  const job = { kind: 'predict', input: { smiles: ['C', 'C\0'] } };
  expect(wrong(createJobSchema, job)).toEqual([['/input/smiles/1', nul]]);
});
