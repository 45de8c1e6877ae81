import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Postgres, startPostgres } from '@sillage/fleet';
import { runSql } from '../support/auth.ts';
import { makeTestFolder } from '../support/postgres.ts';

const main = join(import.meta.dirname, '../../scripts/dist/main.js');
const authMain = join(import.meta.dirname, '../../services/auth/dist/index.js');

let data: string;
let postgres: Postgres;

beforeAll(async () => {
  data = makeTestFolder();
  postgres = await startPostgres({ dataDir: join(data, 'postgres'), port: 0, durable: false });
}, 60_000);
afterAll(async () => {
  await postgres.stop();
  rmSync(data, { recursive: true, force: true });
});

/** Runs `sillage …` as a process of its own. */
function sillage(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return run(main, args, env);
}

/** Runs a command of the auth service, as a Job does. */
function auth(command: string, env: Readonly<Record<string, string>>) {
  return run(authMain, [command], { LOG_LEVEL: 'silent', ...env });
}

function run(script: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  const { DATABASE_URL: _url, ENCRYPTION_KEY: _key, ...inherited } = process.env;
  return new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(process.execPath, [script, ...args], { env: { ...inherited, ...env } }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}

test('the first administrator is made with the database and the key of the fleet, once', async () => {
  const env = { DATABASE_URL: postgres.url, ENCRYPTION_KEY: '5a'.repeat(32), ENVIRONMENT: 'production' };
  const without = await sillage(['admin', 'bootstrap'], { DATABASE_URL: postgres.url });
  expect(without).toMatchObject({ code: 1, err: expect.stringContaining('ENCRYPTION_KEY must be') });
  const made = await sillage(['admin', 'bootstrap'], env);
  expect(made.code).toBe(0);
  expect(made.out).toMatch(/^sk_live_[0-9A-Za-z]{11}_[0-9A-Za-z]{43}\n$/);
  const again = await sillage(['admin', 'bootstrap', '--tenant', 'others'], env);
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('there is an administrator already') });
});

test('the audit log is verified by address or by folder, with and without a fleet on it', async () => {
  const byAddress = await sillage(['audit', 'verify'], { DATABASE_URL: postgres.url });
  expect(byAddress).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^the audit log holds: 2 rows\nhead 2:/),
  });
  const byFolder = await sillage(['audit', 'verify', '--data', data]);
  expect(byFolder).toEqual(byAddress);
  await postgres.stop();
  expect(await sillage(['audit', 'verify', '--data', data])).toEqual(byAddress);
  postgres = await startPostgres({ dataDir: join(data, 'postgres'), port: 0, durable: false });

  const head = /head (\S+)/.exec(byAddress.out)?.[1] ?? '';
  const noted = ['audit', 'verify', '--data', data, '--expect', head];
  expect((await sillage(noted)).code).toBe(0);
  const force = async (statement: string) => {
    await runSql(postgres.url, `alter table auth.audit disable trigger append_only`);
    await runSql(postgres.url, statement);
  };
  await force('delete from auth.audit where seq = 2');
  expect(await sillage(noted)).toMatchObject({ code: 1, out: expect.stringContaining('cut off the end') });
  await force(`update auth.audit set actor = 'nobody' where seq = 1`);
  expect(await sillage(noted)).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^the audit log does not hold: row 1 \(tenant.created, .*\) was changed/),
  });
});

test('a key made elsewhere becomes the first administrator’s, once; run again nothing changes', async () => {
  await runSql(postgres.url, `update auth.keys set revoked_at = now() where 'admin' = any(scopes)`);
  const key = `sk_stg_AdminSecret_${'0aZ'.repeat(14)}x`;
  const env = {
    DATABASE_URL: postgres.url,
    ENCRYPTION_KEY: '5a'.repeat(32),
    ENVIRONMENT: 'staging',
    ADMIN_TENANT: 'staff',
  };
  const wrong = await auth('bootstrap', { ...env, ADMIN_KEY: key.replace('stg', 'live') });
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('it must be sk_stg_') });
  expect(await auth('bootstrap', { ...env, ADMIN_KEY: key })).toMatchObject({
    code: 0,
    out: 'auth: the administrator’s key is registered\n',
  });
  expect(await auth('bootstrap', { ...env, ADMIN_KEY: key })).toMatchObject({
    code: 0,
    out: expect.stringContaining('nothing was changed, there is an administrator already'),
  });
  expect(await auth('bootstrap', env)).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is an administrator already (key AdminSecret)'),
  });
  expect(await auth('bootstrap', { DATABASE_URL: postgres.url })).toMatchObject({
    code: 1,
    err: expect.stringContaining('ENCRYPTION_KEY'),
  });
});
