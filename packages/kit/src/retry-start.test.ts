import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { unavailable } from './errors.ts';
import { retryWhileAway } from './retry-start.ts';

const log = pino({ level: 'silent' });

test('goes on once what was away is there', async () => {
  let attempts = 0;
  const value = await retryWhileAway({ log, signal: new AbortController().signal }, 'database', async () => {
    attempts += 1;
    if (attempts < 2) throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    return attempts;
  });
  expect(value).toBe(2);
});

test('a failure that time does not mend is thrown at once', async () => {
  const wrong = new Error('syntax error at or near "creat"');
  const work = () => Promise.reject(wrong);
  const context = { log, signal: new AbortController().signal };
  await expect(retryWhileAway(context, 'migrations', work)).rejects.toBe(wrong);
});

test('a process told to stop no longer waits', async () => {
  const controller = new AbortController();
  const waiting = retryWhileAway({ log, signal: controller.signal }, 'database', () =>
    Promise.reject(unavailable('postgres')),
  );
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});
