import { expect, test } from '@jest/globals';
import { addStatistics, mergeSummary } from './summary.ts';

const job = { kind: 'generate', total: 300, done: 100 } as const;
const statistics = { sampled: 10, valid: 9, unique: 8, novel: 7 };

test('statistics add up, what was understood stays as it was told first', () => {
  const summary = { worker: 'baseline', understood: { vanilla: 1 }, statistics };
  expect(mergeSummary({ ...job, summary }, { worker: 'dit', statistics }, { rows: 100 })).toEqual({
    worker: 'baseline',
    understood: { vanilla: 1 },
    statistics: { sampled: 20, valid: 18, unique: 16, novel: 14 },
  });
});

test('a shortfall counts what was found over the whole job, also by chunks that came after it', () => {
  const first = mergeSummary({ ...job, summary: {} }, {}, { rows: 3, reason: 'nothing new' });
  expect(first.shortfall).toEqual({ wanted: 300, found: 103, reason: 'nothing new' });
  const second = mergeSummary({ ...job, done: 103, summary: first }, {}, { rows: 100 });
  expect(second.shortfall).toEqual({ wanted: 300, found: 203, reason: 'nothing new' });
});

test('what rules turned away adds up by rule', () => {
  const first = { ...statistics, rejected_by: { scaffold: 3, min_match: 1 } };
  const second = { ...statistics, rejected_by: { scaffold: 2, safety: 1 } };
  expect(addStatistics(first, second)?.rejected_by).toEqual({ scaffold: 5, min_match: 1, safety: 1 });
  expect(addStatistics(first, statistics)?.rejected_by).toEqual(first.rejected_by);
});
