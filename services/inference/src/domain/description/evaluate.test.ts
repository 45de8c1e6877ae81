import { expect, test } from '@jest/globals';
import { descriptionTestSet, odourNotes } from '../../evaluation-files.ts';
import { loadDescriptions } from '../../serving/load-descriptions.ts';
import { bar, evaluateDescriptions, scoresOf } from './evaluate.ts';

const labels = odourNotes();
const cases = descriptionTestSet();
const descriptions = await loadDescriptions(labels);

test('descriptions of the test set are understood: precision and recall over all, and in each language', () => {
  const { byLanguage, total } = evaluateDescriptions(descriptions, cases);
  expect(byLanguage.size).toBeGreaterThanOrEqual(14);
  const scores = scoresOf(total);
  expect(scores.precision).toBeGreaterThanOrEqual(bar.precision);
  expect(scores.recall).toBeGreaterThanOrEqual(bar.recall);
  expect(scores.order).toBeGreaterThanOrEqual(0.9);
  expect(scores.language).toBeGreaterThanOrEqual(0.95);
  for (const tally of byLanguage.values()) {
    expect(tally.texts).toBeGreaterThanOrEqual(20);
    expect(scoresOf(tally).precision).toBeGreaterThanOrEqual(bar.precision);
    expect(scoresOf(tally).recall).toBeGreaterThanOrEqual(bar.recall);
  }
});

test('the test set names odour notes only', () => {
  const named = cases.flatMap(({ notes, optional }) => [...Object.keys(notes), ...optional]);
  expect(labels).toEqual(expect.arrayContaining([...new Set(named)]));
});

test('what is counted: signs, optional notes, and the order of weights', () => {
  const [text, language] = ['more citrus than floral, warm, not sweet', 'en'];
  const count = (notes: Record<string, number>, optional: string[] = []) =>
    evaluateDescriptions(descriptions, [{ text, language, notes, optional }]).total;
  expect(count({ citrus: 1, floral: 0.3, warm: 1, sweet: -1 })).toEqual({
    texts: 1,
    right: 4,
    read: 4,
    asked: 4,
    pairs: 2,
    ordered: 2,
    detected: 1,
  });
  expect(count({ citrus: 0.4, floral: 1, sweet: 1 }, ['warm'])).toMatchObject({
    right: 2,
    read: 3,
    asked: 3,
    pairs: 1,
    ordered: 0,
  });
});
