import { expect, test } from '@jest/globals';
import { agreements } from './metrics.ts';

/** Of one note. */
function agreementOf(probabilities: readonly number[], labels: readonly number[]) {
  const judged = { probabilities: Float32Array.from(probabilities), labels: Uint8Array.from(labels) };
  const { notes, pooled } = agreements({ notes: 1, ...judged });
  expect(notes).toEqual([pooled]);
  return pooled;
}

test('figures as scikit-learn gives them', () => {
  // roc_auc_score, average_precision_score and brier_score_loss of scikit-learn 1.9.
  const some = agreementOf([0.1, 0.4, 0.35, 0.8, 0.4, 0.7], [0, 0, 1, 1, 1, 0]);
  expect(some).toMatchObject({ positives: 3, negatives: 3 });
  expect(some.auroc).toBeCloseTo(0.6111111, 6);
  expect(some.averagePrecision).toBeCloseTo(0.7, 6);
  expect(some.brier).toBeCloseTo(0.2470833, 6);
  expect(some.meanProbability).toBeCloseTo(0.4583333, 6);
});

test('ends: all ranked right, all wrong, all alike', () => {
  expect(agreementOf([0.9, 0.8, 0.2], [1, 1, 0]).auroc).toBe(1);
  expect(agreementOf([0.1, 0.8], [1, 0]).auroc).toBe(0);
  expect(agreementOf([0.5, 0.5, 0.5], [1, 0, 0]).auroc).toBe(0.5);
});

test('what was not judged counts nowhere, and what cannot be told is absent', () => {
  expect(agreementOf([0.3], [2])).toMatchObject({ positives: 0, negatives: 0, brier: undefined });
  expect(agreementOf([], [])).toMatchObject({ calibrationError: undefined, meanProbability: undefined });
  expect(agreementOf([0.5, 0.9], [0, 2])).toMatchObject({
    auroc: undefined,
    averagePrecision: undefined,
    brier: 0.25,
  });
});

test('probabilities that come true as often as they say have no calibration error', () => {
  expect(agreementOf(Array(10).fill(0.3), [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]).calibrationError).toBeCloseTo(0, 6);
  expect(agreementOf([0.9, 0.9], [0, 0]).calibrationError).toBeCloseTo(0.9, 6);
  expect(agreementOf([1, 0], [1, 0]).calibrationError).toBe(0);
});

test('notes are columns; pooled is all of them', () => {
  const { notes, pooled } = agreements({
    notes: 2,
    probabilities: Float32Array.of(0.9, 0.1, 0.2, 0.8),
    labels: Uint8Array.of(1, 1, 0, 0),
  });
  expect(notes.map(({ auroc }) => auroc)).toEqual([1, 0]);
  expect(pooled).toMatchObject({ positives: 2, negatives: 2, auroc: 0.5 });
});
