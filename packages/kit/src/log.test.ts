import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Secret } from './config.ts';
import { createLog, redactSecrets } from './log.ts';

test('what stands under a secret name is not shown, however it got there', () => {
  const leak = 'sk_live_leak';
  const shown = redactSecrets({
    endpoint: '/predict',
    key: leak,
    headers: { authorization: `Bearer ${leak}`, accept: 'text/plain' },
    list: [{ token: leak }, 1],
    nested: { deeper: { password: leak } },
    config: { DATABASE_URL: new Secret(leak) },
  });
  expect(JSON.stringify(shown)).not.toContain(leak);
  expect(shown).toMatchObject({ endpoint: '/predict', key: '[redacted]', headers: { accept: 'text/plain' } });
});

test('fields without a secret are passed on as they are, and never changed', () => {
  const fields = { endpoint: '/predict', counts: { hits: 1 }, list: [1, { a: 2 }], err: new Error('why') };
  expect(redactSecrets(fields)).toBe(fields);
  const secret = { inner: { key: 'x' } };
  redactSecrets(secret);
  expect(secret.inner.key).toBe('x');
});

test('a log with a file closes, and what was written is in the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sillage-log-'));
  try {
    const { log, close } = await createLog({ service: 'test', level: 'warn', file: join(folder, 'test') });
    log.warn({ molecules: 3 }, 'slow');
    await close();
    const [file] = readdirSync(folder).filter((name) => name.startsWith('test.'));
    const [line] = readFileSync(join(folder, file ?? ''), 'utf8').split('\n');
    expect(JSON.parse(line ?? '')).toMatchObject({
      level: 'warn',
      service: 'test',
      molecules: 3,
      msg: 'slow',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
