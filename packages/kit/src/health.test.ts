import { expect, test } from '@jest/globals';
import { Health } from './health.ts';

const fails = () => Promise.reject(new Error('away'));

test('what is vital decides; what is not is told all the same', async () => {
  const health = new Health();
  let isThere = true;
  health.addCheck('database', async () => (isThere ? 'primary' : fails()));
  health.addCheck('queue', fails, { isVital: false });
  health.markStarted();
  expect(await health.report()).toEqual({
    status: 'ready',
    checks: { database: { ok: true, detail: 'primary' }, queue: { ok: false, detail: 'away' } },
  });
  expect(health.dependencies).toEqual(
    new Map([
      ['database', true],
      ['queue', false],
    ]),
  );
  isThere = false;
  expect(await health.report()).toMatchObject({ status: 'not_ready', checks: { database: { ok: false } } });
  expect(health.isReady).toBe(false);
  health.markStopping();
});

test('a start that waits says for what', async () => {
  const health = new Health();
  expect((await health.report()).checks['process']?.detail).toBe('still starting');
  health.setWaiting('waiting for postgres');
  expect((await health.report()).checks['process']?.detail).toBe('waiting for postgres');
  expect(health.isStarted).toBe(false);
});
