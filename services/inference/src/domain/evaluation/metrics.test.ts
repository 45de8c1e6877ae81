import { expect, test } from '@jest/globals';
import { agreementOf, type Judgement } from './metrics.ts';

const judged = (probabilities: readonly number[], labels: readonly number[]): Judgement[] =>
  probabilities.map((probability, index) => ({ probability, isPositive: labels[index] === 1 }));

test('figures as scikit-learn gives them', () => {
  // roc_auc_score, average_precision_score and brier_score_loss of scikit-learn 1.9.
  const some = agreementOf(judged([0.1, 0.4, 0.35, 0.8, 0.4, 0.7], [0, 0, 1, 1, 1, 0]));
  expect(some).toMatchObject({ positives: 3, negatives: 3 });
  expect(some.auroc).toBeCloseTo(0.6111111, 6);
  expect(some.averagePrecision).toBeCloseTo(0.7, 6);
  expect(some.brier).toBeCloseTo(0.2470833, 6);
  expect(some.meanProbability).toBeCloseTo(0.4583333, 6);
});

test('ends: all ranked right, all wrong, all alike', () => {
  expect(agreementOf(judged([0.9, 0.8, 0.2], [1, 1, 0])).auroc).toBe(1);
  expect(agreementOf(judged([0.1, 0.8], [1, 0])).auroc).toBe(0);
  expect(agreementOf(judged([0.5, 0.5, 0.5], [1, 0, 0])).auroc).toBe(0.5);
});

test('what cannot be told is absent', () => {
  expect(agreementOf([])).toMatchObject({
    positives: 0,
    negatives: 0,
    brier: undefined,
    calibrationError: undefined,
  });
  expect(agreementOf(judged([0.5], [0]))).toMatchObject({
    auroc: undefined,
    averagePrecision: undefined,
    brier: 0.25,
  });
});

test('probabilities that come true as often as they say have no calibration error', () => {
  const well = judged(Array(10).fill(0.3), [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
  expect(agreementOf(well).calibrationError).toBeCloseTo(0, 9);
  expect(agreementOf(judged([0.9, 0.9], [0, 0])).calibrationError).toBeCloseTo(0.9, 9);
  expect(agreementOf(judged([1, 0], [1, 0])).calibrationError).toBe(0);
});
