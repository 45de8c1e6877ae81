import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Postgres, startPostgres } from '@sillage/fleet';
import pg from 'pg';
import { makeTestFolder } from '../support/postgres.ts';

let folder: string;
let dataDir: string;
const running = new Set<Postgres>();

async function start(port = 0): Promise<Postgres> {
  const postgres = await startPostgres({ dataDir, port, durable: false });
  running.add(postgres);
  return postgres;
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  // A server that is killed cuts it.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch (error) {
    return (
      error instanceof Error && 'code' in error && error.code === 'ENOENT' && process.platform !== 'linux'
    );
  }
}

beforeAll(async () => {
  folder = makeTestFolder();
  dataDir = join(folder, 'postgres');
  const postgres = await start();
  await query(postgres.url, 'create table kept as select 42 as value');
  await postgres.stop();
}, 60_000);

afterEach(async () => {
  for (const postgres of running) await postgres.stop();
  running.clear();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('data survives a restart; the process is gone after stop', async () => {
  const postgres = await start();
  expect(await query(postgres.url, 'select value from kept')).toEqual([{ value: 42 }]);
  expect(isRunning(postgres.pid)).toBe(true);
  await postgres.stop();
  expect(isRunning(postgres.pid)).toBe(false);
  await postgres.stop();
});

test('the port is the one asked for, on the loopback only, with a password nobody else reads', async () => {
  const first = await start();
  const { port } = first;
  await first.stop();
  const postgres = await start(port);
  expect(postgres.port).toBe(port);
  expect(await query(postgres.url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  const wrong = postgres.url.replace(/:[0-9a-f]+@/, ':guess@');
  await expect(query(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  expect(statSync(`${dataDir}.password`).mode & 0o777).toBe(0o600);
});

test('a lost password file is made anew, the data as it was', async () => {
  rmSync(`${dataDir}.password`);
  const postgres = await start();
  expect(await query(postgres.url, 'select value from kept')).toEqual([{ value: 42 }]);
});

test('a crash of the server loses nothing committed and does not block the next start', async () => {
  const crashed = await start();
  await query(crashed.url, 'create table if not exists written as select 1 as value');
  crashed.kill();
  await crashed.exited;
  expect(existsSync(join(dataDir, 'postmaster.pid'))).toBe(true);
  const postgres = await start();
  expect(await query(postgres.url, 'select value from written')).toEqual([{ value: 1 }]);
});

test('a stale postmaster.pid that now names somebody else does not block the start', async () => {
  writeFileSync(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n1\n5432\n\n127.0.0.1\n\n`);
  const postgres = await start();
  expect(await query(postgres.url, 'select value from kept')).toEqual([{ value: 42 }]);
});

test('a Postgres whose supervisor was killed is stopped and started anew', async () => {
  const script = `import { startPostgres } from '@sillage/fleet';
    const { pid } = await startPostgres({ dataDir: process.argv[1], port: 0, durable: false });
    console.log(pid);
    setInterval(() => {}, 1000);`;
  const supervisor = spawn(process.execPath, ['--input-type=module', '-e', script, dataDir], {
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(supervisor.stdout, 'data');
  const orphan = Number(line);
  await expect(start()).rejects.toThrow(`is in use by process ${supervisor.pid}`);
  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
  expect(isRunning(orphan)).toBe(true);

  const postgres = await start();
  expect(isRunning(orphan)).toBe(false);
  expect(postgres.pid).not.toBe(orphan);
  expect(await query(postgres.url, 'select value from kept')).toEqual([{ value: 42 }]);
}, 30_000);

test('a folder in use is refused, and whoever uses it goes on', async () => {
  const postgres = await start();
  await expect(start()).rejects.toThrow(`is in use by process ${process.pid}`);
  expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a Postgres that somebody started by hand is left alone', async () => {
  const postgres = await start();
  // Without the claim nothing says that it was ours.
  rmSync(`${dataDir}.supervisor`);
  await expect(start()).rejects.toThrow(`is in use by process ${postgres.pid}`);
  expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('of many starts at once exactly one gets the folder', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => start()));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a port taken by another program is named', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await expect(start(port)).rejects.toThrow(`port ${port} is taken by another program`);
  other.close();
  await start();
});

test('a folder that holds something else is not touched', async () => {
  const foreign = join(makeTestFolder(), 'notes');
  mkdirSync(foreign);
  writeFileSync(join(foreign, 'diary.txt'), 'dear diary');
  await expect(startPostgres({ dataDir: foreign, port: 0, durable: false })).rejects.toThrow(
    'holds something that is not a Postgres database',
  );
  expect(readFileSync(join(foreign, 'diary.txt'), 'utf8')).toBe('dear diary');
  rmSync(join(foreign, '..'), { recursive: true });
});
