import { expect, test } from '@jest/globals';
import { Keyring } from '@sillage/kit';
import { MemoryLimiterStore } from './memory-limiter-store.ts';
import { Sessions } from './sessions.ts';

const hourMs = 3_600_000;

function under(now: () => number = () => 0) {
  const keyring = new Keyring([new Uint8Array(32).fill(7)]);
  return new Sessions({ keyring, limiter: new MemoryLimiterStore(), now });
}

test('a cookie opens to the session it was made of, and shows nothing of the key', async () => {
  const sessions = under();
  const { session, cookie } = sessions.begin('sk_test_secret');
  expect(await sessions.open(cookie)).toEqual(session);
  expect(cookie).not.toContain('secret');
  expect(sessions.begin('sk_test_secret').session.csrfToken).not.toBe(session.csrfToken);
});

test('it is over after twelve hours, when it was signed out, and when it was changed', async () => {
  let now = 0;
  const sessions = under(() => now);
  const first = sessions.begin('k');
  now = 12 * hourMs - 1;
  await sessions.open(first.cookie);
  now += 1;
  await expect(sessions.open(first.cookie)).rejects.toMatchObject({ code: 'session_ended' });
  const second = sessions.begin('k');
  await sessions.end(second.session);
  await expect(sessions.open(second.cookie)).rejects.toThrow('signed out');
  await expect(sessions.open(`${second.cookie.slice(0, -2)}AA`)).rejects.toThrow('not begun here');
});
