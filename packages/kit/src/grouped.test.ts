import { expect, test } from '@jest/globals';
import { AppError, unavailable } from './errors.ts';
import { Grouped } from './grouped.ts';

function counting(most: number, refuse: (item: number) => Error | undefined = () => undefined) {
  const calls: (readonly number[])[] = [];
  const grouped = new Grouped<number, string>({
    most,
    run: async (items) => {
      calls.push(items);
      await new Promise((resolve) => setImmediate(resolve));
      for (const item of items) {
        const error = refuse(item);
        if (error) throw error;
      }
      return items.map(String);
    },
  });
  return { grouped, calls };
}

test('what comes meanwhile goes together, in order, and at most so many', async () => {
  const { grouped, calls } = counting(3);
  const first = [1, 2].map((item) => grouped.add(item));
  await new Promise((resolve) => setImmediate(resolve));
  const later = [3, 4, 5, 6].map((item) => grouped.add(item));
  expect(await Promise.all([...first, ...later])).toEqual(['1', '2', '3', '4', '5', '6']);
  expect(calls).toEqual([[1, 2], [3, 4, 5], [6]]);
  expect(await grouped.add(7)).toBe('7');
});

test('one that is refused takes no other with it', async () => {
  const { grouped } = counting(9, (item) => (item === 2 ? new AppError('conflict', 'no') : undefined));
  const answers = await Promise.allSettled([1, 2, 3].map((item) => grouped.add(item)));
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('where nobody knows what was done, nothing is done again', async () => {
  const { grouped, calls } = counting(9, () => unavailable('postgres'));
  const answers = await Promise.allSettled([1, 2].map((item) => grouped.add(item)));
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(calls).toHaveLength(1);
});
