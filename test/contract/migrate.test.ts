import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { service as auth } from '@sillage/auth';
import { type RunningService, type Schema, sqlSchema, startService } from '@sillage/kit';
import pg from 'pg';
import { connectAuth, runSql, testEncryptionKey } from '../support/auth.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';

const services = join(import.meta.dirname, '../../services');
const inUse: (() => unknown)[] = [];
let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterEach(async () => {
  for (const release of inUse.splice(0).toReversed()) await release();
  await runSql(postgres.url, 'drop schema if exists auth, jobs, bullmq, gateway cascade');
});
afterAll(() => postgres.stop());

/** Runs `node dist/index.js …` of a service, as the chart's job does. */
function run(service: string, command: string, env: Readonly<Record<string, string>> = {}) {
  const script = join(services, service, 'dist/index.js');
  return new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const environment = { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'silent', ...env };
    execFile(process.execPath, [script, command], { env: environment }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}

async function start(
  changes: Readonly<Record<string, string>> = {},
  schemas: () => readonly Schema[] = () => [authSchema()],
): Promise<RunningService> {
  const running = await startService(
    { ...auth, schemas },
    {
      ...{ HOST: '127.0.0.1', GRPC_PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'silent' },
      ...{ DATABASE_URL: postgres.url, ENCRYPTION_KEY: testEncryptionKey },
      ...changes,
    },
  );
  inUse.push(() => running.stop());
  return running;
}

function authSchema(directory = join(services, 'auth/migrations')): Schema {
  return sqlSchema({ url: postgres.url, directory, schema: 'auth' });
}

/** The schema of a version to come, whose last migration fails half way. */
function brokenSchema(): Schema {
  const directory = mkdtempSync(join(tmpdir(), 'sillage-test-'));
  inUse.push(() => rmSync(directory, { recursive: true }));
  cpSync(join(services, 'auth/migrations'), directory, { recursive: true });
  writeFileSync(join(directory, '998_good.sql'), 'alter table tenants add column colour text;');
  writeFileSync(
    join(directory, '999_broken.sql'),
    'alter table tenants drop column name;\nselect no_such_column from tenants;',
  );
  return authSchema(directory);
}

async function serves(running: RunningService): Promise<boolean> {
  const client = connectAuth(running);
  try {
    const { tenant } = await client.unary('CreateTenant', { name: randomUUID(), tier: 'TIER_FREE' });
    return tenant !== null;
  } finally {
    client.close();
  }
}

test('each service brings its own schemas up to date, from the database alone', async () => {
  const env = { DATABASE_URL: postgres.url };
  const [gateway, inference, wrong] = await Promise.all([
    run('gateway', 'migrate', env),
    run('inference', 'migrate'),
    run('inference', 'migrat'),
  ]);
  expect(gateway).toMatchObject({ code: 0, err: '' });
  expect(gateway.out).toMatch(
    /schema jobs applied 001_jobs, .*\n.*schema bullmq applied 1.*\n.*schema gateway applied/,
  );
  expect(inference).toEqual({ code: 0, out: 'inference: has no schema; nothing to migrate\n', err: '' });
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('there is migrate') });
  const withRedis = await run('gateway', 'migrate', { ...env, REDIS_URL: 'redis://127.0.0.1:1' });
  expect(withRedis.out).toBe('gateway: schema jobs is up to date\ngateway: schema gateway is up to date\n');
});

test('of two that migrate at once one applies and the other finds nothing to do', async () => {
  const env = { DATABASE_URL: postgres.url };
  const ends = await Promise.all([run('auth', 'migrate', env), run('auth', 'migrate', env)]);
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  expect(ends.map(({ out }) => out).toSorted()).toEqual([
    expect.stringContaining('applied 001_tenants-and-keys, '),
    'auth: schema auth is up to date\n',
  ]);
});

test('what is wrong is told in one line: no database named, none there', async () => {
  expect(await run('auth', 'migrate')).toMatchObject({
    code: 1,
    err: expect.stringContaining('DATABASE_URL'),
  });
  const away = { DATABASE_URL: 'postgres://sillage:secret@127.0.0.1:1/sillage', MIGRATE_WAIT_S: '1' };
  const end = await run('auth', 'migrate', away);
  expect(end).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^auth: schema auth was not migrated: .*\n$/),
  });
  expect(end.err).not.toContain('secret');
});

test('a migration that fails is named, leaves the schema as it was, and the old version goes on serving', async () => {
  const old = await start();
  const broken = brokenSchema();
  await expect(start({}, () => [broken])).rejects.toThrow(
    'migration 999_broken of schema auth failed: column "no_such_column" does not exist; the schema is as it was',
  );
  expect(await broken.missing()).toEqual(['998_good', '999_broken']);
  expect(await serves(old)).toBe(true);
});

test('a migration does not hold up the old version behind a long query: it gives up its wait', async () => {
  await start();
  const schema = brokenSchema();
  const release = await holdTable();
  inUse.push(release);
  const started = performance.now();
  const { log } = await start();
  await expect(schema.migrate(log)).rejects.toThrow(
    'migration 998_good of schema auth failed: canceling statement',
  );
  expect(performance.now() - started).toBeLessThan(15_000);
});

test('told not to migrate, a service waits unready and says for what, then starts', async () => {
  const port = await freePort();
  const starting = start({ MIGRATE_ON_START: 'false', METRICS_PORT: String(port) });
  const ready = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    return answer ? { status: answer.status, body: await answer.text() } : undefined;
  };
  let seen = await ready();
  while (!seen?.body.includes('waiting')) {
    await delay(20);
    seen = await ready();
  }
  expect(seen).toMatchObject({
    status: 503,
    body: expect.stringContaining('schema auth lacks 001_tenants-and-keys'),
  });
  expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
  expect((await run('auth', 'migrate', { DATABASE_URL: postgres.url })).code).toBe(0);
  expect(await serves(await starting)).toBe(true);
  expect(await ready()).toMatchObject({ status: 200 });
});

test('code that is older than the schema starts and serves', async () => {
  await (await start()).stop();
  await runSql(
    postgres.url,
    `alter table auth.tenants add column colour text default 'blue';
     insert into auth.migrations (name, run_on) values ('998_of-a-version-to-come', now())`,
  );
  for (const MIGRATE_ON_START of ['true', 'false']) {
    expect(await serves(await start({ MIGRATE_ON_START }))).toBe(true);
  }
});

/** Keeps a table locked as a long query does. */
async function holdTable(): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query('begin; select count(*) from auth.tenants');
  return () => client.end();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
