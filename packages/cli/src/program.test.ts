import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runInMemory } from './testing/run-in-memory.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sillage-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function served<T>(listener: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const refusing =
  (status: number, code: string, detail: string, more = {}, headers = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
    response.end(
      JSON.stringify({ type: '', title: '', status, detail, instance: '/', code, requestId: 'r1', ...more }),
    );
  };

test.each([
  [401, 'unauthenticated', {}, {}, 3, 'sign in with `sillage login`'],
  [403, 'forbidden', { scope: 'research' }, {}, 3, 'this key lacks the scope research'],
  [429, 'rate_limited', {}, { 'retry-after': '3600' }, 5, 'try again in 3600 s'],
  [429, 'quota_exceeded', {}, {}, 5, 'see `sillage account`'],
  [503, 'unavailable', {}, { 'retry-after': '3600' }, 4, '`sillage doctor` tells which part is away'],
  [500, 'internal', {}, {}, 1, 'request r1'],
  [
    400,
    'invalid_input',
    { errors: [{ pointer: '/top_k', detail: 'must be less' }] },
    {},
    1,
    '/top_k: must be less',
  ],
])(
  'what the API refuses is told with what to do: %d %s',
  async (status, name, more, headers, code, advice) => {
    const ran = await served(refusing(status, name, 'it says why', more, headers), (url) =>
      runInMemory(['models', '--url', url]),
    );
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.err).toContain('sillage: it says why');
    expect(ran.err).toContain(advice);
  },
);

test.each([
  [['predikt'], 'Did you mean predict?'],
  [['predict', '--top', '0', 'C'], 'whole number from 1 to 138'],
  [['predict', '--in', 'no-such.csv'], 'there is no such file'],
  [['predict', 'C', '--in', 'x.csv'], 'give molecules, or a file with --in'],
  [['generate', 'x', '--worker', 'best'], 'Allowed choices are baseline, optimized, dit'],
  [['generate', 'x', '--constraints', '[1]'], 'must be a JSON object'],
  [['jobs', 'run'], 'give a file of molecules, or --describe'],
  [['jobs', 'run', 'nothing.csv'], 'cannot be read'],
  [['models', '--profile', 'work'], 'there is no profile work; there are: none'],
  [['sensors', 'replay'], 'give a recording'],
  [['models', '--timeout', 'soon'], 'It must be a number from 0.001'],
])('%j is a wrong command line, and says what would be right', async (args, advice) => {
  const { code, err, out } = await runInMemory(args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(advice);
});

test('nobody there: where it looked, and what to look at', async () => {
  const { code, err } = await runInMemory([
    'models',
    '--url',
    await served(
      () => {},
      async (url) => url,
    ),
  ]);
  expect(code).toBe(4);
  expect(err).toContain('ECONNREFUSED');
  expect(err).toContain('`sillage doctor` looks closer');
});

test('a profile is kept for its owner alone, its key goes to its own address and nowhere else', async () => {
  const path = join(folder, 'deep/config.json');
  const env = { SILLAGE_CONFIG: path };
  const keys: (string | undefined)[] = [];
  const models: RequestListener = (request, response) => {
    keys.push(request.headers['x-api-key'] as string | undefined);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"models":[]}');
  };
  await served(models, async (url) => {
    const login = await runInMemory(['login', '--url', url], { env, stdin: 'sk_dev_abcdefghijkl_secret\n' });
    expect(login).toMatchObject({ code: 0, out: '' });
    expect(login.err).not.toContain('secret');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await runInMemory(['models'], { env });
    await served(models, (other) => runInMemory(['models', '--url', other], { env }));
    await runInMemory(['models'], { env: { ...env, SILLAGE_API_KEY: 'mine' } });
    expect(keys).toEqual(['sk_dev_abcdefghijkl_secret', 'sk_dev_abcdefghijkl_secret', undefined, 'mine']);
    const shown = await runInMemory(['config', 'show', '--json'], { env });
    expect(JSON.parse(shown.out)).toEqual({
      url,
      url_from: 'profile default',
      key: 'sk_dev_abcdefg…',
      key_from: 'profile default',
      file: path,
    });
  });
  expect(await runInMemory(['logout'], { env })).toMatchObject({ code: 0 });
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ current: 'default', profiles: {} });
});

test('a key that does not hold is not kept', async () => {
  const path = join(folder, 'refused.json');
  const ran = await served(refusing(401, 'unauthenticated', 'no such key'), (url) =>
    runInMemory(['login', '--url', url], { env: { SILLAGE_CONFIG: path }, stdin: 'sk_wrong' }),
  );
  expect(ran.code).toBe(3);
  await expect(stat(path)).rejects.toThrow('ENOENT');
});

test('a damaged configuration is told, with its file', async () => {
  const path = join(folder, 'damaged.json');
  await writeFile(path, '{');
  const { code, err } = await runInMemory(['models'], { env: { SILLAGE_CONFIG: path } });
  expect(code).toBe(2);
  expect(err).toContain(`${path} cannot be read`);
});

test('completion knows every command and option', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, out } = await runInMemory(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['predict', 'jobs', 'results', 'detach', 'exclude-allergens'])
      expect(out).toContain(word);
  }
  expect((await runInMemory(['completion', 'tcsh'])).code).toBe(2);
});

test('a calibration with a second point and its certificate is asked for as one', async () => {
  const asked: unknown[] = [];
  const answer: RequestListener = async (request, response) => {
    asked.push(JSON.parse(await text(request)));
    response.writeHead(201, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ readings_used: 60, dry_run: true }));
  };
  const ran = await served(answer, (url) =>
    runInMemory([
      ...['sensors', 'calibrate', 'one', '--url', url, '--to', '2026-11-21T10:05:00Z', '--dry-run'],
      ...['--span-from', '2026-11-21T10:10:00Z', '--level', 'NO2=216', '--level', 'VOC=-4.5'],
      ...['--by', 'A. Meyer', '--gas', 'span 12', '--valid-days', '90'],
    ]),
  );
  expect(ran).toMatchObject({ code: 0, out: 'would be calibrated on 60 readings\n' });
  expect(asked).toEqual([
    {
      ...{ to: '2026-11-21T10:05:00Z', valid_days: 90, dry_run: true },
      span: { from: '2026-11-21T10:10:00Z', levels: { NO2: 216, VOC: -4.5 } },
      certificate: { performed_by: 'A. Meyer', reference_gas: 'span 12' },
    },
  ]);
});

test.each([
  [['--level', 'NO2'], 'such as NO2=216'],
  [['--span-to', '2026-11-21T10:10:00Z'], 'needs the level of a channel'],
  [['--gas', 'span 12'], 'needs who did it'],
])('a calibration that lacks a part says which: %s', async (options, told) => {
  const ran = await runInMemory(['sensors', 'calibrate', 'one', ...options]);
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).toContain(told);
});

test('an audit log that does not hold says where, and the command fails', async () => {
  const verification = { holds: false, rows: 12, head: 'ab', fault: 'row 13 does not follow from row 12' };
  const answer: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(verification));
  };
  const ran = await served(answer, (url) => runInMemory(['admin', 'verify-audit', '--url', url]));
  expect(ran).toMatchObject({ code: 1, out: '12 rows hold; then: row 13 does not follow from row 12\n' });
});
