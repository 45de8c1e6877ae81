import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { examine, type Finding } from '@sillage/cli';
import { createLog, sqlSchema } from '@sillage/kit';
import pg from 'pg';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';

const repository = join(import.meta.dirname, '../..');
const schemas = {
  auth: 'services/auth/migrations',
  gateway: 'services/gateway/migrations',
  jobs: 'packages/jobs/migrations',
  sensors: 'services/sensors/migrations',
} as const;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

/** What doctor says of a Postgres at this address, by its check. */
async function look(url: string, aheadMs = 0): Promise<Record<string, Finding>> {
  const findings = await examine({
    env: { HOME: '/nonexistent' },
    nodeVersion: process.versions.node,
    now: () => new Date(Date.now() + aheadMs),
    settings: { DATABASE_URL: url },
    repository,
  });
  return Object.fromEntries(
    findings.filter(({ check }) => check.startsWith('postgres')).map((one) => [one.check, one]),
  );
}

async function query(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

test('doctor finds what is wrong with Postgres, and says how to mend it', async () => {
  const empty = await look(postgres.url);
  expect(empty['postgres.reachable']).toMatchObject({ status: 'ok' });
  expect(empty['postgres.migrated']).toMatchObject({
    status: 'fail',
    message: expect.stringMatching(/lacks \d+ migrations: auth\/001_/),
    fix: expect.stringContaining('MIGRATE_ON_START=true'),
  });

  const { log } = await createLog({ service: 'doctor', level: 'error' });
  for (const [schema, folder] of Object.entries(schemas)) {
    await sqlSchema({ url: postgres.url, directory: join(repository, folder), schema }).migrate(log);
  }
  const healthy = await look(postgres.url);
  expect(Object.values(healthy).map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);

  await query("delete from sensors.migrations where name like '001%'");
  expect((await look(postgres.url))['postgres.migrated']?.message).toMatch(
    /lacks 1 migrations: sensors\/001_/,
  );
  await query("insert into sensors.migrations (name, run_on) select '001_devices-and-readings', now()");
  await query("insert into jobs.migrations (name, run_on) values ('999_of-tomorrow', now())");
  expect((await look(postgres.url))['postgres.migrated']).toMatchObject({
    status: 'warn',
    message: 'Postgres is ahead of this code: jobs/999_of-tomorrow',
  });

  expect((await look(postgres.url, 3_600_000))['postgres.clock']).toMatchObject({
    status: 'fail',
    message: expect.stringMatching(/3600\.\d s behind this machine's/),
    fix: expect.stringContaining('set-ntp'),
  });
});

test('doctor tells a wrong password, a database that is not there, and a Postgres that is away', async () => {
  const url = new URL(postgres.url);
  url.password = 'wrong';
  expect((await look(url.href))['postgres.reachable']).toMatchObject({
    status: 'fail',
    fix: expect.stringContaining(`the password of ${url.username} is wrong`),
  });
  const other = new URL(postgres.url);
  other.pathname = '/nothing';
  expect((await look(other.href))['postgres.reachable']?.fix).toContain('CREATE DATABASE nothing');
  const away = await look('postgres://u:p@127.0.0.1:59998/sillage');
  expect(away['postgres.reachable']?.fix).toBe(
    'start Postgres at 127.0.0.1:59998, or put its address into DATABASE_URL',
  );
  expect(away['postgres.migrated']?.status).toBe('skip');
});
