import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ApiClient, apiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';

let fleet: GatewayUnderTest;
let api: ApiClient & { readonly key: string };

beforeAll(async () => {
  fleet = await startGatewayUnderTest();
  api = await fleet.tenant();
}, 60_000);
afterAll(() => fleet.stop(), 60_000);

function generate(body: object, signal?: AbortSignal): Promise<Response> {
  return fetch(`${fleet.url}/api/v1/generate`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream', 'X-API-Key': api.key },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

async function eventNames(response: Response): Promise<string[]> {
  const text = await response.text();
  expect(text.endsWith('\n\n')).toBe(true);
  return text
    .slice(0, -2)
    .split('\n\n')
    .map((event) => {
      const [name = '', data = '', ...rest] = event.split('\n').filter((line) => !line.startsWith('id: '));
      expect(rest).toEqual([]);
      JSON.parse(data.replace(/^data: /, ''));
      return name.replace(/^event: /, '');
    });
}

test('without scores the answer and the stream hold candidates', async () => {
  const wish = { description: 'vanilla', num_molecules: 2, score: false };
  const molecules = [
    { smiles: 'C', valid: true, novel: false },
    { smiles: 'CC', valid: true, novel: true },
  ];
  const { status, body } = await api.post('/api/v1/generate', wish);
  expect([status, body.molecules, body.shortfall]).toEqual([200, molecules, undefined]);
  const events = (await (await generate(wish)).text()).match(/(?<=event: candidates\ndata: ).*/g) ?? [];
  expect(events.flatMap((data) => JSON.parse(data).molecules)).toEqual(molecules);
  const contradiction = await api.post('/api/v1/generate', { ...wish, constraints: { min_match: 0.5 } });
  expect(contradiction.body.errors).toEqual([
    { pointer: '/constraints/min_match', detail: expect.stringContaining('score') },
  ]);
});

test('a generation as one answer', async () => {
  const { status, body } = await api.post('/api/v1/generate', { description: 'vanilla', num_molecules: 2 });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    worker: 'baseline',
    understood: { vanilla: 1 },
    molecules: [{ smiles: 'C', notes: [{ note: 'vanilla', probability: 0.5 }] }, { smiles: 'CC' }],
    statistics: { sampled: 8 },
  });
  expect(body).not.toHaveProperty('shortfall');
});

test('a generation that finds less than it was asked for says so, in both kinds of answer', async () => {
  const shortfall = { wanted: 3, found: 1, reason: expect.stringContaining('8 samples') };
  const rare = { description: 'rare', num_molecules: 3 };
  expect((await api.post('/api/v1/generate', rare)).body.shortfall).toEqual(shortfall);
  const [finished = ''] = (await (await generate(rare)).text()).match(/(?<=event: finished\ndata: ).*/) ?? [];
  expect(JSON.parse(finished).shortfall).toEqual(shortfall);
});

test('a generation as events', async () => {
  const response = await generate({ description: 'vanilla', num_molecules: 2 });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(await eventNames(response)).toEqual(['started', 'progress', 'molecule', 'molecule', 'finished']);
});

test('notes and errors of a generation are in the language asked for, in both kinds of answer', async () => {
  const turkish = (description: string, accept: string) =>
    api.request(
      'POST',
      '/api/v1/generate',
      { description, num_molecules: 3 },
      { 'Accept-Language': 'tr', Accept: accept },
    );
  const { body } = await turkish('vanilla', 'application/json');
  expect(body.molecules[0].notes[0]).toMatchObject({ note: 'vanilla', label: 'vanilya' });
  const stream = await turkish('breaks', 'text/event-stream');
  expect(stream.headers.get('content-language')).toBe('tr');
  expect(stream.body).toContain('"note":"vanilla","label":"vanilya"');
  expect(stream.body).toMatch(/event: error\ndata: .*"title":"(İç hata|Model hatası|Kullanılamıyor)"/);
});

test('a failure before the first event is a usual error, one after it the last event', async () => {
  const refused = await generate({ description: 'tax law' });
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({ suggestions: ['vanilla'] });
  const broken = await generate({ description: 'breaks', num_molecules: 3 });
  expect(await eventNames(broken)).toEqual(['started', 'progress', 'molecule', 'error']);
});

test('who leaves a generation ends its work', async () => {
  const leaving = new AbortController();
  const abandoned = once(fleet.script.events, 'abandoned');
  const response = await generate({ description: 'waits', num_molecules: 2 }, leaving.signal);
  await response.body?.getReader().read();
  leaving.abort();
  await abandoned;
});

const job = { kind: 'predict', input: { smiles: ['CCO', 'CCC'] } };

test('a job is made, found, followed and cancelled', async () => {
  const made = await api.post('/api/v1/jobs', job);
  expect(made.status).toBe(202);
  expect(made.body).toMatchObject({ kind: 'predict', status: 'queued', progress: { done: 0, total: 2 } });
  const { self, events, results } = made.body.links;
  expect(made.headers.get('location')).toBe(self);
  expect((await api.get(self)).body.id).toBe(made.body.id);
  expect((await api.get('/api/v1/jobs?limit=1')).body.jobs[0].id).toBe(made.body.id);

  const follow = api.events(events);
  const first = await follow.next();
  expect(first.value).toMatchObject({ event: 'progress', data: { status: 'queued' } });
  expect((await api.delete(self)).body.status).toBe('cancelled');
  expect((await api.delete(self)).body.status).toBe('cancelled');
  const rest: string[] = [];
  for await (const { event } of follow) rest.push(event);
  expect(rest.at(-1)).toBe('finished');
  // queued, cancelled: each has its number.
  expect((await api.get(events, { 'Last-Event-ID': '2' })).status).toBe(204);
  const missed = await api.get(events, { 'Last-Event-ID': '0' });
  expect(missed.body.match(/^(id|event): .*/gm)).toEqual([
    'event: progress',
    'id: 1',
    'event: finished',
    'id: 2',
  ]);
  expect((await api.get(events, { 'Last-Event-ID': 'anything else' })).status).toBe(400);

  expect(await api.text(results)).toBe('');
  expect(await api.text(`${results}?format=csv`)).toMatch(/^index,input,smiles/);
  expect((await api.get(`${results}?format=xml`)).body.detail).toBe(
    'format must be one of ndjson, csv, sdf, parquet',
  );
  expect((await (await fleet.tenant()).get(self)).status).toBe(404);
});

test('the same idempotency key finds the same job; with another body it is a conflict', async () => {
  const key = { 'Idempotency-Key': 'once' };
  const first = await api.post('/api/v1/jobs', job, key);
  const again = await api.post('/api/v1/jobs', { input: { top_k: 5, ...job.input }, kind: 'predict' }, key);
  expect([first.status, again.status]).toEqual([202, 200]);
  expect(again.body.id).toBe(first.body.id);
  const other = await api.post('/api/v1/jobs', { kind: 'predict', input: { smiles: ['C'] } }, key);
  expect(other.status).toBe(409);
  expect((await api.post('/api/v1/jobs', job, { 'Idempotency-Key': 'a b' })).status).toBe(400);
});

test('pages of jobs follow each other', async () => {
  const tenant = await fleet.tenant();
  const made: string[] = [];
  for (let index = 0; index < 3; index += 1) made.push((await tenant.post('/api/v1/jobs', job)).body.id);
  const first = (await tenant.get('/api/v1/jobs?limit=2')).body;
  expect(first.jobs.map(({ id }: { id: string }) => id)).toEqual([made[2], made[1]]);
  const second = (await tenant.get(`/api/v1/jobs?limit=2&before=${first.next}`)).body;
  expect(second).toMatchObject({ jobs: [{ id: made[0] }], next: null });
  for (const before of ['none', crypto.randomUUID()]) {
    const { status, body } = await tenant.get(`/api/v1/jobs?before=${before}`);
    expect(status).toBe(400);
    expect(body.errors).toEqual([expect.objectContaining({ pointer: '/before' })]);
  }
});

test('a key that is revoked follows a job no further', async () => {
  const tenant = await fleet.tenant();
  const { links } = (await tenant.post('/api/v1/jobs', job)).body;
  const { id, secret } = (await tenant.post('/api/v1/keys', {})).body;
  const holder = apiClient(fleet.url, secret);
  const follow = holder.events(links.events);
  expect((await follow.next()).value).toMatchObject({ event: 'progress' });
  await tenant.delete(`/api/v1/keys/${id}`);
  const rest: string[] = [];
  for await (const { event } of follow) rest.push(event);
  expect(rest).not.toContain('finished');
  expect((await holder.get(links.events)).status).toBe(401);
});

test('a gateway that stops ends the streams that follow jobs, and is soon gone', async () => {
  const own = await startGatewayUnderTest();
  const tenant = await own.tenant();
  const { links } = (await tenant.post('/api/v1/jobs', job)).body;
  const follow = tenant.events(links.events);
  await follow.next();
  const startedMs = performance.now();
  expect(await own.gateway.stop()).toBe(true);
  expect(performance.now() - startedMs).toBeLessThan(5000);
  for await (const _ of follow) {
    // What is left of the stream is read to its end, which comes without an error.
  }
  await own.stop();
}, 60_000);
