import { readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runInMemory } from '../testing/run-in-memory.ts';
import { examine, type Subject } from './doctor.ts';
import type { Finding } from './finding.ts';
import { checkNode, judgeFreeSpace } from './machine.ts';
import { parseSums, sumOf } from './models.ts';
import { checkSettings, parseEnvFile } from './settings.ts';
import { checkValues, mergeValues } from './values.ts';

const models = join(import.meta.dirname, '../../../../models');
const goodKey = '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0';
let folder = '';
const servers: Server[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sillage-doctor-'));
});
afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await rm(folder, { recursive: true });
});

const subject = (more: Partial<Subject>): Subject => ({
  env: { HOME: folder },
  nodeVersion: process.versions.node,
  now: () => new Date(),
  ...more,
});

/** What is broken, by its check. */
async function broken(more: Partial<Subject>): Promise<Record<string, Finding>> {
  const findings = await examine(subject(more));
  expect(findings.filter(({ status, fix }) => (status === 'fail' || status === 'warn') && !fix)).toEqual([]);
  return Object.fromEntries(
    findings.filter(({ status }) => status === 'fail').map((one) => [one.check, one]),
  );
}

interface Gateway {
  readonly checks?: Record<string, { ok: boolean; detail?: string }>;
  readonly version?: string;
  readonly aheadMs?: number;
  readonly scopes?: string[];
  readonly keyStatus?: number;
}

/** A server that says of itself what a gateway in this state says. */
function gateway({ checks = {}, version = '1.0.0', aheadMs = 0, scopes = [], keyStatus = 200 }: Gateway) {
  return listen((request, response) => {
    const isReady = Object.values(checks).every(({ ok }) => ok);
    const answers: Record<string, [number, unknown]> = {
      '/ready': [isReady ? 200 : 503, { status: isReady ? 'ready' : 'not_ready', checks }],
      '/openapi.json': [200, { info: { version } }],
      '/api/v1/models':
        keyStatus === 200
          ? [200, { models: [] }]
          : [keyStatus, { status: keyStatus, code: 'unauthenticated', detail: 'the key was revoked' }],
      '/api/v1/account': [200, { credential: { scopes }, molecules: { left: null, resets_at: '' } }],
    };
    const [status, body] = answers[request.url ?? ''] ?? [404, {}];
    response.writeHead(status, {
      'content-type': 'application/json',
      date: new Date(Date.now() + aheadMs).toUTCString(),
    });
    response.end(JSON.stringify(body));
  });
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const target = (url: string) => ({ url, urlFrom: '--url', apiKey: 'sk_1', keyFrom: 'SILLAGE_API_KEY' });

test('nothing broken: nothing is said to be', async () => {
  const url = await gateway({ scopes: ['predict', 'generate', 'sensors', 'research'] });
  const findings = await examine(
    subject({ target: target(url), settings: { ENCRYPTION_KEY: goodKey, MODEL_PATH: models } }),
  );
  expect(findings.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual([
    'node',
    'config',
    'settings.encryption-key',
    'models.present',
    'models.whole',
    'gateway.ready',
    'gateway.clock',
    'gateway.version',
    'key',
    'key.scopes',
  ]);
});

test('an old Node', () => {
  expect(checkNode('20.19.0')).toMatchObject({ status: 'fail', fix: expect.stringContaining('Node 22.12') });
  expect(checkNode('22.11.0').status).toBe('fail');
  expect(checkNode('22.12.0').status).toBe('ok');
});

test('keys that others can read', async () => {
  const file = join(folder, 'open.json');
  await writeFile(file, '{"current":"default","profiles":{}}');
  await chmod(file, 0o644);
  expect(await broken({ env: { SILLAGE_CONFIG: file } })).toMatchObject({
    config: { fix: `chmod 600 ${file}` },
  });
});

test.each([
  [undefined, 'is not set'],
  ['abc', 'it has 3 characters'],
  ['z'.repeat(64), 'not all of them hex'],
  ['0'.repeat(64), 'is not random'],
])('an encryption key of the wrong form: %j', async (key, what) => {
  const found = await broken({ settings: { ENCRYPTION_KEY: key, MODEL_PATH: models } });
  expect(found).toMatchObject({
    'settings.encryption-key': {
      message: expect.stringContaining(what),
      fix: expect.stringContaining('openssl rand -hex 32'),
    },
  });
});

test('settings that do not fit together', () => {
  const of = (settings: Record<string, string>) =>
    Object.fromEntries(
      checkSettings({ ENCRYPTION_KEY: goodKey, ...settings }).map(({ check, status }) => [check, status]),
    );
  expect(of({ REDIS_URL: 'redis://r' })).toMatchObject({ 'settings.mode': 'fail' });
  expect(of({ REDIS_URL: 'r:6379', DATABASE_URL: 'mysql://x' })).toMatchObject({
    'settings.redis-url': 'fail',
    'settings.database-url': 'fail',
  });
  expect(of({ ENCRYPTION_KEY_PREVIOUS: `${goodKey}, ${goodKey}` })).toMatchObject({
    'settings.encryption-key-previous': 'fail',
  });
  expect(of({ ENCRYPTION_KEY_PREVIOUS: goodKey })).toMatchObject({
    'settings.encryption-key-previous': 'warn',
  });
});

test('models that are not there, and models that are not whole', async () => {
  const settings = { ENCRYPTION_KEY: goodKey };
  expect(await broken({ settings: { ...settings, MODEL_PATH: join(folder, 'nowhere') } })).toMatchObject({
    'models.present': { message: expect.stringContaining('is not there') },
  });
  await mkdir(join(folder, 'empty'));
  expect(await broken({ settings: { ...settings, MODEL_PATH: join(folder, 'empty') } })).toMatchObject({
    'models.present': { message: expect.stringContaining('has no model') },
  });
  const damaged = join(folder, 'models');
  await cp(join(models, 'enose-smellnet'), join(damaged, 'enose-smellnet'), { recursive: true });
  const sums = readFileSync(join(models, 'SHA256SUMS'), 'utf8');
  const own = sums.split('\n').filter((line) => line.includes('enose-smellnet'));
  await writeFile(join(damaged, 'SHA256SUMS'), `${own.join('\n')}\n`);
  expect(await broken({ settings: { ...settings, MODEL_PATH: damaged } })).toEqual({});
  // What a clone without Git LFS holds in the place of a file.
  await writeFile(
    join(damaged, 'enose-smellnet/2/model.onnx'),
    'version https://git-lfs.github.com/spec/v1\n',
  );
  await rm(join(damaged, 'enose-smellnet/2/manifest.yaml'));
  await writeFile(join(damaged, 'enose-smellnet/2/model.onnx.bak'), '');
  expect(await broken({ settings: { ...settings, MODEL_PATH: damaged } })).toMatchObject({
    'models.whole': {
      message: expect.stringMatching(/manifest.yaml is missing, .*model.onnx is damaged/),
      fix: expect.stringContaining('git lfs pull'),
    },
  });
});

test('a data folder that is none, and one whose secrets are open, damaged or gone', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  expect(await broken({ dataFolder: file })).toMatchObject({
    'data.folder': { message: `${file} is no folder` },
  });
  const data = join(folder, 'data');
  await mkdir(join(data, 'postgres'), { recursive: true });
  expect(await broken({ dataFolder: data })).toMatchObject({
    'data.credentials': { fix: expect.stringContaining('backup') },
  });
  const credentials = join(data, 'credentials.json');
  await writeFile(credentials, JSON.stringify({ encryptionKey: goodKey }));
  await chmod(credentials, 0o644);
  expect(await broken({ dataFolder: data })).toMatchObject({
    'data.credentials': { fix: `chmod 600 ${credentials}` },
  });
  await chmod(credentials, 0o600);
  expect(await broken({ dataFolder: data })).toEqual({});
  await writeFile(credentials, '{"encryptionKey":');
  expect(await broken({ dataFolder: data })).toMatchObject({
    'data.credentials': { message: `${credentials} is damaged` },
  });
});

test('a port that another program has', async () => {
  const port = Number(new URL(await gateway({})).port);
  const data = join(folder, 'fresh');
  await mkdir(data);
  expect(await broken({ dataFolder: data, port })).toMatchObject({
    port: {
      message: `port ${port} is taken by another program`,
      fix: expect.stringContaining('--port 8090'),
    },
  });
});

test('too little space', () => {
  expect(judgeFreeSpace('/d', 500e6)).toMatchObject({ status: 'fail', message: '0.5 GiB free at /d' });
  expect(judgeFreeSpace('/d', 3e9).status).toBe('warn');
  expect(judgeFreeSpace('/d', 1e11).status).toBe('ok');
});

test('a gateway that is away, is something else, or is not ready', async () => {
  expect(await broken({ target: target('http://127.0.0.1:59999') })).toMatchObject({
    'gateway.ready': {
      message: expect.stringContaining('ECONNREFUSED'),
      fix: expect.stringContaining('comes from --url'),
    },
  });
  const page = await listen((_request, response) => response.end('<h1>hello</h1>'));
  expect(await broken({ target: target(page) })).toMatchObject({
    'gateway.ready': { message: expect.stringContaining('is no Sillage gateway (HTTP 200)') },
  });
  const sick = await gateway({
    checks: { auth: { ok: false, detail: 'no connection' }, inference: { ok: true } },
  });
  expect(await broken({ target: target(sick) })).toMatchObject({
    'gateway.ready': {
      message: expect.stringContaining('auth (no connection)'),
      fix: expect.stringContaining('AUTH_TARGET'),
    },
  });
});

test('a gateway of another time, and one of another version', async () => {
  expect(await broken({ target: target(await gateway({ aheadMs: 3_600_000 })) })).toMatchObject({
    'gateway.clock': {
      message: expect.stringContaining('ahead of'),
      fix: expect.stringContaining('set-ntp'),
    },
  });
  expect(await broken({ target: target(await gateway({ version: '2.1.0' })) })).toMatchObject({
    'gateway.version': { message: 'the gateway speaks version 2.1.0 of the API, this program 1.0.0' },
  });
});

test('a key that does not hold, and one that is good for little', async () => {
  expect(await broken({ target: target(await gateway({ keyStatus: 401 })) })).toMatchObject({
    key: {
      message: expect.stringContaining('the key was revoked'),
      fix: expect.stringContaining('sillage login'),
    },
  });
  const findings = await examine(
    subject({ target: target(await gateway({ scopes: ['predict', 'models:*'] })) }),
  );
  expect(findings.find(({ check }) => check === 'key.scopes')).toMatchObject({
    status: 'warn',
    message: expect.stringContaining('lacks generate, sensors, research'),
    fix: 'sillage keys create --scope predict,generate,sensors,research',
  });
});

test('values of the chart whose secrets are missing, doubled or wrong', () => {
  const of = (...texts: string[]) => checkValues(mergeValues(texts))[0];
  expect(of('postgres: {mode: external}')).toMatchObject({
    status: 'fail',
    message: expect.stringContaining('no secrets'),
  });
  expect(of('secrets: {existingSecret: s}')).toMatchObject({ status: 'ok' });
  expect(of('secrets: {existingSecret: s}', 'secrets: {externalSecret: {enabled: true}}')).toMatchObject({
    status: 'fail',
  });
  expect(of(`secrets: {values: {encryptionKey: ${goodKey}}}`)).toMatchObject({
    message: 'these values lack secrets.values.databaseUrl, secrets.values.redisUrl',
  });
  expect(of('secrets: {generate: true}\npostgres: {mode: bundled}\nredis: {mode: bundled}')).toMatchObject({
    status: 'ok',
  });
});

test('a file of variables is read as Docker reads it', () => {
  const text = '# a comment\nexport A=1\nB = "two words"\n\nC=\'x=y\'\nnot a line\nD=';
  expect(parseEnvFile(text)).toEqual({ A: '1', B: 'two words', C: 'x=y', D: '' });
});

test('SHA256SUMS of the models is that of their files: `npm run checksums` writes it', async () => {
  const sums = parseSums(readFileSync(join(models, 'SHA256SUMS'), 'utf8'));
  const own = new Map<string, string>();
  for (const file of sums.keys()) own.set(file, await sumOf(join(models, file)).catch(() => 'missing'));
  expect(own).toEqual(sums);
  expect([...sums.keys()].filter((file) => file.endsWith('manifest.yaml')).length).toBeGreaterThan(5);
});

test('the command prints each finding with its fix, or JSON, and ends with 1 where something is broken', async () => {
  const file = join(folder, 'broken.env');
  await writeFile(file, 'ENCRYPTION_KEY=abc\n');
  const told = await runInMemory(['doctor', '--env-file', file], { env: { HOME: folder } });
  expect(told.code).toBe(1);
  expect(told.out).toMatch(
    /^FAIL {2}settings\.encryption-key {2,}ENCRYPTION_KEY must be .*\n {6}fix: openssl/m,
  );
  expect(told.out.trimEnd().split('\n').at(-1)).toBe('1 to mend');
  const json = await runInMemory(['doctor', '--env-file', file, '--json'], { env: { HOME: folder } });
  expect(JSON.parse(json.out)).toMatchObject({ healthy: false, findings: expect.any(Array) });
  await writeFile(file, `ENCRYPTION_KEY=${goodKey}\n`);
  expect((await runInMemory(['doctor', '--env-file', file], { env: { HOME: folder } })).code).toBe(0);
});
