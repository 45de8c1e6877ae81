import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isSignatureValid } from '@sillage/jobs';
import type { ApiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

let fleet: GatewayUnderTest;
let worker: WorkerProcess;
let api: ApiClient & { readonly key: string };

beforeAll(async () => {
  fleet = await startGatewayUnderTest();
  worker = await startWorkerProcess(fleet.workerEnv);
  api = await fleet.tenant();
}, 60_000);

afterAll(async () => {
  await worker?.kill();
  await fleet?.stop();
});

const csvType = { 'Content-Type': 'text/csv' };

async function ended(id: string): Promise<{ status: string; progress: object }> {
  let last: unknown;
  for await (const { data } of api.events(`/api/v1/jobs/${id}/events`)) last = data;
  return last as { status: string; progress: object };
}

async function bytes(path: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${fleet.url}${path}`, { headers: { 'X-API-Key': api.key, ...headers } });
  return { response, body: Buffer.from(await response.arrayBuffer()) };
}

test('a CSV file becomes a job: bad rows by line, the rest predicted, the report with the job', async () => {
  const file = '\uFEFFid;Smiles;note\r\n1;CCO;"a\nb"\r\n2\r\n3;C1CC;\r\n4;CCC;\r\n';
  const made = await api.post('/api/v1/jobs?top_k=2', file, csvType);
  expect(made.status).toBe(202);
  expect(made.body.input_report).toEqual({
    format: 'csv',
    encoding: 'utf-8',
    delimiter: ';',
    column: 'Smiles',
    rows: 4,
    rejected: 1,
    problems: [{ line: 4, detail: 'the row has 1 cell; column "Smiles" is number 2' }],
  });
  expect(await ended(made.body.id)).toMatchObject({
    status: 'succeeded',
    progress: { done: 4, failed: 2, total: 4 },
  });
  const rows = (await api.text(made.body.links.results))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows).toMatchObject([
    { index: 0, line: 2, smiles: 'CCO' },
    { index: 1, line: 4, error: { code: 'invalid_input' } },
    { index: 2, line: 5, error: { detail: 'ring 1 is never closed' } },
    { index: 3, line: 6, smiles: 'CCC' },
  ]);
});

test('a SMILES file by gzip, and the same in a form', async () => {
  const packed = gzipSync('CCO ethanol\nCC\n');
  const smiles = { 'Content-Type': 'chemical/x-daylight-smiles' };
  for (const headers of [smiles, { ...smiles, 'Content-Encoding': 'gzip' }]) {
    const made = await api.post('/api/v1/jobs', packed, headers);
    expect(made.body).toMatchObject({ kind: 'predict', progress: { total: 2 }, input_report: { rows: 2 } });
  }
  const form = new FormData();
  form.set('file', new Blob([packed]), 'molecules.smi.gz');
  const answer = await fetch(`${fleet.url}/api/v1/jobs`, {
    method: 'POST',
    headers: { 'X-API-Key': api.key },
    body: form,
  });
  expect(answer.status).toBe(202);
  expect(await answer.json()).toMatchObject({ progress: { total: 2 } });
});

const form = { 'Content-Type': 'multipart/form-data; boundary=b' };
const part = (name: string, filename: string, content: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\n\r\n${content}`;

test.each([
  ['a form that is cut short', part('file', 'a.csv', 'smiles\nC\n'), form, 'invalid_input', /cut short/],
  [
    'a form of another kind of file',
    `${part('file', 'a.doc', 'C')}\r\n--b--\r\n`,
    form,
    'invalid_input',
    /\.csv/,
  ],
  [
    'a form with two files',
    `${part('file', 'a.smi', 'C')}\r\n${part('more', 'b.smi', 'C')}\r\n--b--\r\n`,
    form,
    'invalid_input',
    /one part/,
  ],
  ['a form without a file', '--b--\r\n', form, 'invalid_input', /no file|cut short/],
  ['an empty file', '', csvType, 'invalid_input', /no molecule/],
  ['a header alone', 'smiles\n', csvType, 'invalid_input', /no molecule/],
  ['no such column', 'a,b\nC,C\n', csvType, 'invalid_input', /"a", "b"/],
  ['a ZIP archive', 'PK\x03\x04…', csvType, 'unsupported_media_type', /ZIP/],
  [
    'a damaged gzip',
    Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2]),
    csvType,
    'invalid_input',
    /gzip/,
  ],
  ['another compression', 'C', { ...csvType, 'Content-Encoding': 'br' }, 'unsupported_media_type', /gzip/],
  ['a form without a boundary', 'x', { 'Content-Type': 'multipart/form-data' }, 'invalid_input', /boundary/],
] as const)('%s is refused with the reason', async (_name, body, headers, code, detail) => {
  const answer = await api.post('/api/v1/jobs', body, headers);
  expect(answer.body).toMatchObject({ code, detail: expect.stringMatching(detail) });
});

test('a bomb of gzip ends at the million, and leaves nothing behind', async () => {
  const bomb = gzipSync('C\n'.repeat(30_000_000), { level: 9 });
  expect(bomb.length).toBeLessThan(100_000);
  const answer = await api.post('/api/v1/jobs', bomb, { 'Content-Type': 'chemical/x-daylight-smiles' });
  expect(answer.body).toMatchObject({ status: 413, code: 'too_large' });
  const one = gzipSync('C'.repeat(60_000_000), { level: 9 });
  expect((await api.post('/api/v1/jobs', one, csvType)).body.detail).toMatch(/line 1 is longer/);
});

test('a file with an Idempotency-Key: sent twice it is one job; another file or query is a conflict', async () => {
  const key = { ...csvType, 'Idempotency-Key': 'file-1' };
  const first = await api.post('/api/v1/jobs?top_k=3', 'smiles\nC\n', key);
  const again = await api.post('/api/v1/jobs?top_k=3', 'smiles\nC\n', key);
  expect([first.status, again.status]).toEqual([202, 200]);
  expect(again.body.id).toBe(first.body.id);
  expect((await api.post('/api/v1/jobs?top_k=3', 'smiles\nN\n', key)).status).toBe(409);
  expect((await api.post('/api/v1/jobs?top_k=4', 'smiles\nC\n', key)).status).toBe(409);
});

test.each(['ndjson', 'csv', 'sdf', 'parquet'])(
  '%s of a finished job can be resumed byte by byte',
  async (format) => {
    const smiles = Array.from({ length: 700 }, (_, index) => `${'C'.repeat(1 + (index % 40))}O`);
    const made = await api.post('/api/v1/jobs', { kind: 'predict', input: { smiles } });
    await ended(made.body.id);
    const path = `${made.body.links.results}?format=${format}`;
    const { response, body } = await bytes(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('accept-ranges')).toBe('bytes');
    const etag = response.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);

    const cut = Math.floor(body.length / 3);
    const rest = await bytes(path, { Range: `bytes=${cut}-`, 'If-Range': etag });
    expect(rest.response.status).toBe(206);
    expect(rest.response.headers.get('content-range')).toBe(`bytes ${cut}-${body.length - 1}/${body.length}`);
    expect(Buffer.concat([body.subarray(0, cut), rest.body]).equals(body)).toBe(true);
    const middle = await bytes(path, { Range: 'bytes=100-199' });
    expect(middle.body.equals(body.subarray(100, 200))).toBe(true);
    const tail = await bytes(path, { Range: 'bytes=-10' });
    expect(tail.body.equals(body.subarray(-10))).toBe(true);

    expect((await bytes(path, { Range: 'bytes=5-', 'If-Range': '"other"' })).response.status).toBe(200);
    const past = await bytes(path, { Range: `bytes=${body.length}-` });
    expect(past.response.status).toBe(416);
    expect(past.response.headers.get('content-range')).toBe(`bytes */${body.length}`);
    expect((await bytes(path, { 'If-None-Match': etag })).response.status).toBe(304);
    const again = await bytes(path);
    expect(again.response.headers.get('content-length')).toBe(String(body.length));
    expect(again.response.headers.get('etag')).toBe(etag);
  },
);

test('what a job’s state does not allow is a conflict that says so', async () => {
  const made = await api.post('/api/v1/jobs', 'smiles\nC\n', csvType);
  const { self } = made.body.links;
  await ended(made.body.id);
  expect((await api.post(`${self}/pause`)).body).toMatchObject({ status: 409, code: 'conflict' });
  expect((await api.post(`${self}/resume`)).status).toBe(409);
  expect((await api.post(`${self}/retry`)).body.detail).toMatch(/no row of this job failed/);
});

test('the end of a job is told to its webhook, signed, again on failure and when asked for', async () => {
  const calls: { headers: IncomingHttpHeaders; body: string }[] = [];
  const receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.statusCode = calls.length === 0 ? 500 : 200;
    calls.push({ headers: request.headers, body });
    response.end();
    receiver.emit('call');
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  try {
    const told = once(receiver, 'call');
    const made = await api.post('/api/v1/jobs', {
      kind: 'predict',
      input: { smiles: ['CCO'] },
      webhook: { url },
    });
    const { secret } = made.body.webhook;
    expect(secret).toMatch(/^whsec_/);
    expect((await api.get(made.body.links.self)).body.webhook).toEqual({ url });
    await told;
    const [first] = calls;
    const signature = String(first?.headers['sillage-signature']);
    expect(isSignatureValid(secret, first?.body ?? '', signature, Date.now() / 1000)).toBe(true);
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      id: first?.headers['sillage-delivery'],
      type: 'job.succeeded',
      data: { job: { id: made.body.id, status: 'succeeded', progress: { done: 1 } } },
    });

    const deliveries = `/api/v1/jobs/${made.body.id}/deliveries`;
    let [delivery] = (await api.get(deliveries)).body.deliveries;
    while (delivery.attempts.length === 0) [delivery] = (await api.get(deliveries)).body.deliveries;
    expect(delivery).toMatchObject({ state: 'pending', attempts: [{ status: 500, error: 'status 500' }] });
    expect(Date.parse(delivery.next_attempt_at)).toBeGreaterThan(Date.now() + 5000);

    const toldAgain = once(receiver, 'call');
    const again = await api.post(`/api/v1/webhook-deliveries/${delivery.id}/redeliver`);
    expect(again.status).toBe(202);
    await toldAgain;
    expect(calls[1]?.body).toBe(first?.body);
    do [delivery] = (await api.get(deliveries)).body.deliveries;
    while (delivery.state === 'pending');
    expect(delivery).toMatchObject({ state: 'delivered', attempts: [{ status: 500 }, { status: 200 }] });

    const stranger = await fleet.tenant();
    expect((await stranger.get(deliveries)).status).toBe(404);
    expect((await stranger.post(`/api/v1/webhook-deliveries/${delivery.id}/redeliver`)).status).toBe(404);
  } finally {
    receiver.close();
  }
});

test.each(['http://169.254.169.254/latest', 'https://localhost/', 'https://[::1]:8080/', 'gopher://x/', 'x'])(
  'a webhook to %s is refused',
  async (url) => {
    const body = { kind: 'predict', input: { smiles: ['C'] }, webhook: { url } };
    expect((await api.post('/api/v1/jobs', body)).body).toMatchObject({
      status: 400,
      errors: [{ pointer: '/webhook/url' }],
    });
  },
);
