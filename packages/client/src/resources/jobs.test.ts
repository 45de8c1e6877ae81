import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Job, type JobEvent, NotFoundError, ResultsChangedError, Sillage } from '../index.ts';
import { saveResults } from '../node/index.ts';
import { sendJson, sendProblem, testServer } from '../testing/server.ts';

const job = (done: number, status: Job['status'] = 'running') => ({
  id: 'j',
  status,
  progress: { done, total: 9 },
});

function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
}

function event(response: ServerResponse, type: string, id: number, data: unknown): void {
  response.write(`event: ${type}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
}

test('events go on after a broken line where they stopped, and end with the job', async () => {
  await using server = await testServer((response, _request, count) => {
    if (count === 3) {
      sendProblem(response, 503, 'unavailable', {}, { 'retry-after': '0' });
      return;
    }
    begin(response);
    if (count === 1) {
      event(response, 'progress', 1, job(1));
      event(response, 'progress', 2, job(2));
      response.write(': still here\n\n', () => response.destroy());
    } else if (count === 2) response.end();
    else {
      event(response, 'progress', 3, job(3));
      event(response, 'finished', 4, job(9, 'succeeded'));
    }
  });
  const events: JobEvent[] = [];
  for await (const one of new Sillage({ baseUrl: server.url }).jobs.events('j')) events.push(one);
  expect(events.map(({ id, type, job: { progress } }) => [id, type, progress.done])).toEqual([
    ['1', 'progress', 1],
    ['2', 'progress', 2],
    ['3', 'progress', 3],
    ['4', 'finished', 9],
  ]);
  expect(server.received.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2', '2', '2']);
});

test('what was refused from the beginning is thrown at once', async () => {
  await using server = await testServer((response) => sendProblem(response, 404, 'not_found'));
  const events = new Sillage({ baseUrl: server.url }).jobs.events('j');
  await expect(events.next()).rejects.toThrow(NotFoundError);
  expect(server.received).toHaveLength(1);
});

test('wait tells the progress and resolves with the job as it ended; 204 is the end too', async () => {
  await using server = await testServer((response, { path }, count) => {
    if (count === 1) {
      begin(response);
      event(response, 'progress', 7, job(8));
      response.write(': gone\n\n', () => response.destroy());
    } else if (path.endsWith('/events')) {
      response.writeHead(204);
      response.end();
    } else sendJson(response, 200, job(9, 'failed'));
  });
  const done: number[] = [];
  const ended = await new Sillage({ baseUrl: server.url }).jobs.wait('j', {
    onProgress: ({ progress }) => done.push(progress.done),
  });
  expect(done).toEqual([8]);
  expect(ended.status).toBe('failed');
});

test('stopping to read events closes their connection', async () => {
  let closed: Promise<void> | undefined;
  await using server = await testServer((response) => {
    closed = new Promise((resolve) => response.on('close', resolve));
    begin(response);
    event(response, 'progress', 1, job(1));
  });
  for await (const _event of new Sillage({ baseUrl: server.url }).jobs.events('j')) break;
  await closed;
  const leaving = new AbortController();
  const events = new Sillage({ baseUrl: server.url }).jobs.events('j', { signal: leaving.signal });
  await events.next();
  leaving.abort(new RangeError('left'));
  await expect(events.next()).rejects.toThrow('left');
});

const rows = ['{"index":0,"input":"C"}\n', '{"index":1,"input":"Ç"}\n', '{"index":2,"input":"CCO"}\n'].join(
  '',
);

/** Serves the rows; the first `breaks` answers break off after some bytes. */
function results(breaks: number[], etags: string[] = ['"a"']) {
  const bytes = Buffer.from(rows);
  return testServer((response, { headers }, count) => {
    const etag = etags[Math.min(count, etags.length) - 1] ?? '';
    const start = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
    const isRange = headers.range !== undefined && headers['if-range'] === etag;
    if (isRange && start >= bytes.length) {
      sendProblem(response, 416, 'range_not_satisfiable');
      return;
    }
    const body = isRange ? bytes.subarray(start) : bytes;
    response.writeHead(isRange ? 206 : 200, {
      etag,
      'content-length': body.length,
      ...(isRange ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    const cut = breaks[count - 1];
    if (cut === undefined) response.end(body);
    else response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 20));
  });
}

test('rows come whole and once each, though the line breaks in the middle of a letter', async () => {
  await using server = await results([44, 5]);
  const inputs: unknown[] = [];
  for await (const row of new Sillage({ baseUrl: server.url }).jobs.results('j')) {
    inputs.push('input' in row && row.input);
  }
  expect(inputs).toEqual(['C', 'Ç', 'CCO']);
  expect(server.received.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=44-', 'bytes=49-']);
});

test('results that changed on the way are not mixed', async () => {
  await using server = await results([30], ['"a"', '"b"']);
  const read = async () => {
    for await (const _row of new Sillage({ baseUrl: server.url }).jobs.results('j'));
  };
  await expect(read()).rejects.toThrow(ResultsChangedError);
});

test('a download into a file goes on where an earlier program stopped', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sillage-client-'));
  try {
    const file = join(folder, 'rows.ndjson');
    await using server = await results([]);
    const client = new Sillage({ baseUrl: server.url });
    await writeFile(`${file}.part`, Buffer.from(rows).subarray(0, 30));
    await writeFile(`${file}.part.etag`, '"a"');
    const seen: unknown[] = [];
    const total = Buffer.byteLength(rows);
    await expect(saveResults(client, 'j', file, { onProgress: (...how) => seen.push(how) })).resolves.toBe(
      total,
    );
    expect(await readFile(file, 'utf8')).toBe(rows);
    expect(server.received[0]?.headers).toMatchObject({ range: 'bytes=30-', 'if-range': '"a"' });
    expect(seen.at(-1)).toEqual([total, total]);
    await saveResults(client, 'j', file, { format: 'csv' });
    expect(server.received[1]?.path).toBe('/api/v1/jobs/j/results?format=csv');
    expect(server.received[1]?.headers).not.toHaveProperty('range');
    await writeFile(`${file}.part`, rows);
    await writeFile(`${file}.part.etag`, '"a"');
    await expect(saveResults(client, 'j', file)).resolves.toBe(total);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a list is read page after page', async () => {
  await using server = await testServer((response, { path }) => {
    const before = new URL(path, 'http://x').searchParams.get('before');
    const page = before === null ? [job(1), job(2)] : [job(3)];
    sendJson(response, 200, { jobs: page, next: before === null ? 'x' : null });
  });
  const { jobs } = new Sillage({ baseUrl: server.url });
  expect((await jobs.list({ limit: 2 }).toArray()).map(({ progress }) => progress.done)).toEqual([1, 2, 3]);
  expect(server.received.map(({ path }) => path)).toEqual([
    '/api/v1/jobs?limit=2',
    '/api/v1/jobs?limit=2&before=x',
  ]);
  expect(await jobs.list().toArray(1)).toHaveLength(1);
  expect(server.received).toHaveLength(3);
  expect((await jobs.list().page('x')).items).toHaveLength(1);
});

test('a file goes up with its query', async () => {
  await using server = await testServer((response) => sendJson(response, 202, job(0, 'queued')));
  const { jobs } = new Sillage({ baseUrl: server.url });
  await jobs.upload('smiles\nC\n', { query: { column: 'smiles', top_k: 3 } });
  await jobs.upload(new Blob(['C\n']), { type: 'chemical/x-daylight-smiles', idempotencyKey: 'k' });
  expect(server.received).toMatchObject([
    {
      path: '/api/v1/jobs?column=smiles&top_k=3',
      body: 'smiles\nC\n',
      headers: { 'content-type': 'text/csv' },
    },
    {
      path: '/api/v1/jobs',
      headers: { 'content-type': 'chemical/x-daylight-smiles', 'idempotency-key': 'k' },
    },
  ]);
});
