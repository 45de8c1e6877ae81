import { expect, test } from '@jest/globals';
import { PredictionCache, type RowQuestion, readyRow } from './prediction-cache.ts';

const question: RowQuestion = { model: { name: 'm', version: '1' }, topK: 5, include: '' };
const row = readyRow({ input: 'C', smiles: 'C', primary_notes: [], notes: [], cached: false });

test('a row comes back marked as cached, for the same question only', () => {
  const cache = new PredictionCache({ maxBytes: 1e6, ttlMs: 1e6 });
  cache.set(question, 'C', row);
  expect(JSON.parse(cache.get(question, 'C')?.text ?? '')).toMatchObject({ input: 'C', cached: true });
  expect(cache.get({ ...question, topK: 4 }, 'C')).toBeUndefined();
  expect(cache.get({ ...question, include: 'svg' }, 'C')).toBeUndefined();
  expect(cache.get({ ...question, model: { name: 'm', version: '2' } }, 'C')).toBeUndefined();
});

test('a molecule that cannot be read is kept, a failure that may pass is not', () => {
  const cache = new PredictionCache({ maxBytes: 1e6, ttlMs: 1e6 });
  cache.set(question, 'C1', readyRow({ input: 'C1', error: { code: 'invalid_input', detail: 'open ring' } }));
  cache.set(question, 'CC', readyRow({ input: 'CC', error: { code: 'model_failed', detail: 'no' } }));
  expect(cache.get(question, 'C1')?.error).toMatchObject({ detail: 'open ring' });
  expect(cache.get(question, 'CC')).toBeUndefined();
});

test('bytes are bounded, and no bytes means no cache', () => {
  const small = new PredictionCache({ maxBytes: 4000, ttlMs: 1e6 });
  for (let index = 0; index < 100; index += 1) small.set(question, `C${index}`, row);
  const kept = Array.from({ length: 100 }, (_, index) => small.get(question, `C${index}`)).filter(Boolean);
  expect(kept.length).toBeGreaterThan(5);
  expect(kept.length).toBeLessThan(16);
  const none = new PredictionCache({ maxBytes: 0, ttlMs: 1e6 });
  none.set(question, 'C', row);
  expect(none.get(question, 'C')).toBeUndefined();
});
