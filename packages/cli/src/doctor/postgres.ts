import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type Finding, fail, ok, reasonOf, skip, warn } from './finding.ts';

/** Oldest Postgres that every migration runs on, and what the chart brings. */
const leastVersion = 14;
const largestSkewMs = 2000;
const timeoutMs = 5000;

/** Where the migrations of each schema lie in a checkout. */
const migrationFolders: Readonly<Record<string, string>> = {
  auth: 'services/auth/migrations',
  gateway: 'services/gateway/migrations',
  jobs: 'packages/jobs/migrations',
  sensors: 'services/sensors/migrations',
};
const schemas = Object.keys(migrationFolders);

export interface PostgresOptions {
  readonly url: string;
  /** The checkout whose code is to run on it; absent: only whether there are tables is known. */
  readonly repository?: string | undefined;
  readonly now: () => Date;
}

/** Reachable, of a version that serves, migrated, and of the same time as this machine. */
export async function checkPostgres({ url, repository, now }: PostgresOptions): Promise<Finding[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    return [unreachable(url, error), skip('postgres.migrated', 'Postgres cannot be asked')];
  }
  try {
    return [...(await versionOf(client)), await migrated(client, repository), await clock(client, now)];
  } catch (error) {
    return [
      fail(
        'postgres.reachable',
        `Postgres: ${reasonOf(error)}`,
        'the user of DATABASE_URL must own the database',
      ),
    ];
  } finally {
    await client.end().catch(() => {});
  }
}

function unreachable(url: string, error: unknown): Finding {
  const { host, pathname, username } = URL.canParse(url)
    ? new URL(url)
    : { host: '?', pathname: '/?', username: '?' };
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const database = pathname.slice(1);
  const fixes: Readonly<Record<string, string>> = {
    '28P01': `the password of ${username} is wrong: put the right one into DATABASE_URL (signs of it as %XX), or ALTER ROLE ${username} PASSWORD '…'`,
    '28000': `let ${username} in: pg_hba.conf, or sslmode=require in DATABASE_URL`,
    '3D000': `CREATE DATABASE ${database}; then let the services migrate it`,
    ECONNREFUSED: `start Postgres at ${host}, or put its address into DATABASE_URL`,
    ENOTFOUND: `the name of the host is not known here: mend DATABASE_URL`,
    '53300': 'all connections are taken: raise max_connections, or lower DATABASE_POOL_SIZE',
  };
  const fix = fixes[code] ?? `look whether ${host} can be reached from here, and at Postgres's own log`;
  return fail('postgres.reachable', `Postgres at ${host} does not let us in: ${reasonOf(error)}`, fix);
}

async function versionOf(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ version: string; pool: string }>(
    "select current_setting('server_version') as version, current_setting('max_connections') as pool",
  );
  const version = rows[0]?.version ?? '0';
  const text = `Postgres ${version}, ${rows[0]?.pool ?? '?'} connections`;
  if (Number.parseInt(version, 10) >= leastVersion) return [ok('postgres.reachable', text)];
  return [
    fail(
      'postgres.reachable',
      `${text} is too old`,
      `move to Postgres ${leastVersion} or later (pg_upgrade)`,
    ),
  ];
}

async function migrated(client: pg.Client, repository: string | undefined): Promise<Finding> {
  const check = 'postgres.migrated';
  const missing: string[] = [];
  const unknown: string[] = [];
  for (const schema of schemas) {
    const applied = await appliedIn(client, schema);
    const wanted = wantedBy(repository, schema);
    if (wanted === undefined) {
      if (applied.size === 0) missing.push(schema);
      continue;
    }
    missing.push(...wanted.filter((name) => !applied.has(name)).map((name) => `${schema}/${name}`));
    unknown.push(...[...applied].filter((name) => !wanted.includes(name)).map((name) => `${schema}/${name}`));
  }
  if (missing.length > 0) {
    const fix =
      'start the services with MIGRATE_ON_START=true (npm start does), or run `node dist/index.js migrate` of auth, sensors and gateway; on Kubernetes `helm upgrade` runs them';
    return fail(check, `Postgres lacks ${missing.length} migrations: ${missing.join(', ')}`, fix);
  }
  if (unknown.length > 0) {
    const fix = 'run the version of Sillage that migrated it; migrations go forward only';
    return warn(check, `Postgres is ahead of this code: ${unknown.join(', ')}`, fix);
  }
  return ok(check, `the schemas ${schemas.join(', ')} are migrated`);
}

async function appliedIn(client: pg.Client, schema: string): Promise<ReadonlySet<string>> {
  const table = `${pg.escapeIdentifier(schema)}.migrations`;
  const { rows: found } = await client.query<{ there: boolean }>(
    'select to_regclass($1) is not null as there',
    [table],
  );
  if (!found[0]?.there) return new Set();
  const { rows } = await client.query<{ name: string }>(`select name from ${table}`);
  return new Set(rows.map(({ name }) => name));
}

function wantedBy(repository: string | undefined, schema: string): string[] | undefined {
  const folder = repository === undefined ? '' : join(repository, migrationFolders[schema] ?? '');
  if (folder === '' || !existsSync(folder)) return undefined;
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .toSorted();
}

async function clock(client: pg.Client, now: () => Date): Promise<Finding> {
  const before = now().getTime();
  const { rows } = await client.query<{ ms: string }>(
    'select extract(epoch from clock_timestamp()) * 1000 as ms',
  );
  const after = now().getTime();
  const skewMs = Number(rows[0]?.ms ?? Number.NaN) - (before + after) / 2;
  return judgeSkew('postgres.clock', 'Postgres', skewMs, largestSkewMs + (after - before) / 2);
}

/** A clock that is off makes tokens end early, keys hold too long, and readings come from the future. */
export function judgeSkew(check: string, whose: string, skewMs: number, allowedMs: number): Finding {
  const seconds = `${Math.abs(skewMs / 1000).toFixed(1)} s`;
  if (Math.abs(skewMs) <= allowedMs) return ok(check, `${whose} has the time of this machine`);
  const way = skewMs > 0 ? 'ahead of' : 'behind';
  return fail(
    check,
    `the clock of ${whose} is ${seconds} ${way} this machine's`,
    'timedatectl set-ntp true, on the one that is wrong',
  );
}
