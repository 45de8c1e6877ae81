import { expect, test } from '@jest/globals';
import { emptyDraft, fromLocalField, isFilled, requestOf, toLocalField } from './calibration-draft.ts';

const baseline = { from: '2026-11-21T10:00:00.000Z', to: '2026-11-21T10:05:00.000Z' };
const air = { from: '2026-11-21T09:00:00.000Z', to: '2026-11-21T09:10:00.000Z' };
const span = { from: '2026-11-21T10:10:00.000Z', to: '2026-11-21T10:15:00.000Z' };

test('each step asks for what is there by then', () => {
  expect(requestOf(emptyDraft, 'check', true)).toBeUndefined();
  const draft = {
    ...emptyDraft,
    ...{ baseline, hasSpan: true, span, levels: { NO2: 132, CO: undefined } },
    ...{ performedBy: ' A. Nose ', referenceGas: '10 ppm CO in air' },
  };
  expect(requestOf(draft, 'baseline', true)).toEqual({ ...baseline, dry_run: true });
  expect(requestOf(draft, 'span', true)).toEqual({
    ...baseline,
    span: { ...span, levels: { NO2: 132 } },
    dry_run: true,
  });
  expect(requestOf({ ...draft, hasAir: true, air }, 'span', true)).not.toHaveProperty('environment');
  expect(requestOf({ ...draft, hasAir: true, air }, 'air', true)).toHaveProperty('environment', air);
  expect(requestOf(draft, 'check', false)).toEqual({
    ...baseline,
    span: { ...span, levels: { NO2: 132 } },
    certificate: { performed_by: 'A. Nose', reference_gas: '10 ppm CO in air' },
    valid_days: 90,
    dry_run: false,
  });
  expect(requestOf({ ...draft, hasSpan: false, validDays: undefined }, 'check', false)).toEqual({
    ...baseline,
    certificate: { performed_by: 'A. Nose', reference_gas: '10 ppm CO in air' },
    dry_run: false,
  });
});

test('a step is filled when what it needs is there; a second point needs a level', () => {
  expect(isFilled(emptyDraft, 'baseline')).toBe(false);
  expect(isFilled({ ...emptyDraft, baseline }, 'baseline')).toBe(true);
  expect(isFilled(emptyDraft, 'span')).toBe(true);
  expect(isFilled({ ...emptyDraft, hasSpan: true, span }, 'span')).toBe(false);
  expect(isFilled({ ...emptyDraft, hasSpan: true, span, levels: { CO: 0 } }, 'span')).toBe(true);
  expect(isFilled(emptyDraft, 'air')).toBe(true);
  expect(isFilled({ ...emptyDraft, hasAir: true }, 'air')).toBe(false);
  expect(isFilled({ ...emptyDraft, hasAir: true, air }, 'air')).toBe(true);
  expect(isFilled(emptyDraft, 'certificate')).toBe(false);
});

test('times go into their fields and come back', () => {
  const timeMs = Date.parse('2026-03-29T00:59:58Z');
  expect(fromLocalField(toLocalField(timeMs))).toBe('2026-03-29T00:59:58.000Z');
  expect(fromLocalField('')).toBeUndefined();
  expect(fromLocalField('soon')).toBeUndefined();
});
