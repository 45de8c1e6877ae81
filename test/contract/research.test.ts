import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  embedRequestSchema,
  embedResponseSchema,
  evaluateRequestSchema,
  evaluateResponseSchema,
  mapResponseSchema,
  mixtureRequestSchema,
  mixtureResponseSchema,
  placeRequestSchema,
  placeResponseSchema,
  propertiesRequestSchema,
  propertiesResponseSchema,
  safetyRequestSchema,
  safetyResponseSchema,
  similarRequestSchema,
  similarResponseSchema,
} from '@sillage/contracts';
import type { ApiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { type ServedInference, serveInference } from '../support/inference.ts';
import { copyOdourModel } from '../support/models.ts';

// A real gateway before the real inference service, with the shipped model three times: the newest as it is, one with the map of another index, one without a map.
const vanillin = 'COc1cc(C=O)ccc1O';
const limonene = 'CC1=CCC(CC1)C(=C)C';
const bad = 'C1CC';

let models: string;
let inference: ServedInference;
let gateway: GatewayUnderTest;
let api: ApiClient & { key: string };

beforeAll(async () => {
  models = await mkdtemp(join(tmpdir(), 'sillage-models-'));
  await copyOdourModel(models, '3');
  const stale = await copyOdourModel(models, '2');
  const map = join(stale, 'odorants.map.json.gz');
  const content = JSON.parse(gunzipSync(await readFile(map)).toString('utf8'));
  await writeFile(map, gzipSync(JSON.stringify({ ...content, index_crc32: 1 })));
  await copyOdourModel(models, '1', (manifest) => manifest.replace(/^ {2}odorant_map: .*\n/m, ''));
  inference = await serveInference({ MODEL_PATH: models });
  gateway = await startGatewayUnderTest({ INFERENCE_TARGET: `127.0.0.1:${inference.running.ports['grpc']}` });
  api = await gateway.tenant();
}, 60_000);

afterAll(async () => {
  await gateway.stop();
  await inference.stop();
  await rm(models, { recursive: true });
});

const research = (path: string, body: unknown) => api.post(`/api/v1/research/${path}`, body);
const length = (vector: number[]) => Math.hypot(...vector);
const cosine = (a: number[], b: number[]) =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0) / (length(a) * length(b));

test.each([
  ['mixtures', mixtureRequestSchema, mixtureResponseSchema],
  ['embed', embedRequestSchema, embedResponseSchema],
  ['similar', similarRequestSchema, similarResponseSchema],
  ['map', placeRequestSchema, placeResponseSchema],
  ['properties', propertiesRequestSchema, propertiesResponseSchema],
  ['safety', safetyRequestSchema, safetyResponseSchema],
  ['evaluate', evaluateRequestSchema, evaluateResponseSchema],
])('%s: the documented example is answered as documented', async (path, request, answer) => {
  const { status, body } = await research(path, request.meta()?.['example']);
  expect(status).toBe(200);
  expect(answer.parse(body)).toEqual(body);
});

describe('embed', () => {
  test('numbers or base64 of the same vector; a bad molecule of a list fails its own row', async () => {
    const floats = await research('embed', { smiles: [vanillin, bad, limonene] });
    expect(floats.status).toBe(200);
    expect(floats.body).toMatchObject({ model: { name: 'olfactory-base', version: '3' }, dimensions: 256 });
    const [first, second, third] = floats.body.embeddings;
    expect(first.embedding).toHaveLength(256);
    expect(second).toMatchObject({ input: bad, error: { code: 'invalid_input', position: 2 } });
    expect(cosine(first.embedding, third.embedding)).toBeLessThan(0.9);
    const packed = await research('embed', { smiles: vanillin, encoding: 'base64' });
    const bytes = Buffer.from(packed.body.embeddings[0].embedding, 'base64');
    expect(bytes).toHaveLength(1024);
    for (const index of [0, 100, 255])
      expect(bytes.readFloatLE(4 * index)).toBeCloseTo(first.embedding[index], 5);
  });

  test.each([
    ['no molecule', {}, '/smiles'],
    ['an unknown encoding', { smiles: 'C', encoding: 'hex' }, '/encoding'],
    ['257 molecules', { smiles: Array.from({ length: 257 }, () => 'C') }, '/smiles'],
    ['one molecule that cannot be read', { smiles: bad }, '/smiles'],
  ])('refused: %s', async (_, body, pointer) => {
    const answer = await research('embed', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].pointer).toBe(pointer);
  });
});

describe('similar', () => {
  test('the molecule itself first, then its neighbours; or its neighbours alone', async () => {
    const { body } = await research('similar', { smiles: vanillin, k: 3 });
    expect(body.results[0].similar).toHaveLength(3);
    expect(body.results[0].similar[0]).toMatchObject({
      name: 'vanillin',
      similarity: 1,
      same_molecule: true,
    });
    const others = await research('similar', { smiles: vanillin, k: 2, filter: { others_only: true } });
    expect(others.body.results[0].similar).toEqual(body.results[0].similar.slice(1));
  });

  test('an embedding finds what its molecule finds', async () => {
    const { body } = await research('embed', { smiles: vanillin });
    const found = await research('similar', { embedding: body.embeddings[0].embedding, k: 1 });
    expect(found.body.results).toHaveLength(1);
    expect(found.body.results[0].similar[0]).toMatchObject({ smiles: vanillin });
    expect(found.body.results[0].similar[0].similarity).toBeGreaterThan(0.999);
  });

  test('conditions hold together', async () => {
    const filter = {
      every_note: ['sweet'],
      no_note: ['vanilla'],
      sources: ['leffingwell'],
      named_only: true,
    };
    const { body } = await research('similar', { smiles: [vanillin, limonene], k: 50, filter });
    for (const { similar } of body.results) {
      expect(similar).toHaveLength(50);
      for (const one of similar) {
        expect(one.notes).toContain('sweet');
        expect(one.notes).not.toContain('vanilla');
        expect(one.sources).toContain('leffingwell');
        expect(one.name).not.toBe('');
      }
    }
    const near = await research('similar', { smiles: vanillin, k: 50, filter: { min_similarity: 0.9 } });
    const similarities = near.body.results[0].similar.map(
      ({ similarity }: { similarity: number }) => similarity,
    );
    expect(Math.min(...similarities)).toBeGreaterThanOrEqual(0.9);
  });

  test.each([
    ['both', { smiles: 'C', embedding: [1] }, '/embedding'],
    ['neither', {}, '/smiles'],
    ['an embedding of another width', { embedding: [1, 2, 3] }, '/embedding'],
    ['an embedding of zeros', { embedding: Array(256).fill(0) }, '/embedding'],
    ['a note nobody has', { smiles: 'C', filter: { any_note: ['moonlight'] } }, '/filter/any_note'],
    ['a collection nobody knows', { smiles: 'C', filter: { sources: ['moon'] } }, '/filter/sources'],
    ['51 neighbours', { smiles: 'C', k: 51 }, '/k'],
    ['65 molecules', { smiles: Array.from({ length: 65 }, () => 'C') }, '/smiles'],
  ])('refused: %s', async (_, body, pointer) => {
    const answer = await research('similar', body);
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([400, pointer]);
  });
});

describe('map', () => {
  const get = (query: string) => api.get(`/api/v1/research/map?${query}`);

  test('pages over all known odorants, within the extent that is told', async () => {
    const { body } = await get('limit=5000');
    expect(body.total).toBeGreaterThan(11_000);
    expect(body.points).toHaveLength(5000);
    expect(mapResponseSchema.parse(body)).toEqual(body);
    const last = await get(`limit=5000&offset=${body.next_offset * 2}`);
    expect(last.body.points).toHaveLength(body.total - 10_000);
    expect(last.body.next_offset).toBeUndefined();
    expect(body.method.figures.trustworthiness).toBeGreaterThan(0.95);
    for (const { x, y } of body.points) {
      expect(x >= body.extent.min_x && x <= body.extent.max_x).toBe(true);
      expect(y >= body.extent.min_y && y <= body.extent.max_y).toBe(true);
    }
  });

  test('a region and a note leave what is in both', async () => {
    const { body } = await get(
      'min_x=0&max_x=0.5&min_y=-0.5&max_y=0.5&note=fruity,floral&named=true&limit=5000',
    );
    expect(body.total).toBeGreaterThan(0);
    expect(body.points).toHaveLength(body.total);
    for (const { x, y, notes, name } of body.points) {
      expect(x >= 0 && x <= 0.5 && Math.abs(y) <= 0.5).toBe(true);
      expect(notes.includes('fruity') || notes.includes('floral')).toBe(true);
      expect(name).toBeTruthy();
    }
  });

  test('a known odorant stands at its place, a new molecule near its neighbours, a bad one fails its row', async () => {
    const stranger = 'COc1cc(C=O)ccc1OCCCCCF';
    const { body } = await research('map', { smiles: [vanillin, stranger, bad] });
    const [known, placed, refused] = body.places;
    expect(known).toMatchObject({ known: true, neighbours: [{ name: 'vanillin' }, {}, {}, {}, {}] });
    expect(placed.known).toBe(false);
    expect(refused).toMatchObject({ input: bad, error: { code: 'invalid_input' } });
    const region = `min_x=${known.x - 0.001}&max_x=${known.x + 0.001}&min_y=${known.y - 0.001}&max_y=${known.y + 0.001}`;
    const there = await get(region);
    expect(there.body.points.map(({ name }: { name: string }) => name)).toContain('vanillin');
    const own = await research('map', {
      smiles: placed.neighbours.map(({ smiles }: { smiles: string }) => smiles),
    });
    const distances = own.body.places.map(({ x, y }: { x: number; y: number }) =>
      Math.hypot(x - placed.x, y - placed.y),
    );
    expect(Math.min(...distances)).toBeLessThan(0.3);
  });

  test('a model without a map says so', async () => {
    const old = await get('model=olfactory-base&version=1');
    expect([old.status, old.body.detail]).toEqual([404, 'the model olfactory-base/1 has no odour map']);
    const posted = await research('map', { smiles: 'C', model: { name: 'olfactory-base', version: '1' } });
    expect(posted.status).toBe(404);
    const stale = await get('model=olfactory-base&version=2');
    expect([stale.status, stale.body.detail]).toEqual([
      404,
      'the model olfactory-base/2 has an odour map that was made from another index',
    ]);
  });

  test.each([
    ['min_x=1&max_x=0', '/min_x'],
    ['limit=5001', '/limit'],
    ['limit=x', '/limit'],
    ['min_y=1e5', '/min_y'],
    ['note=moonlight', '/note'],
    ['note=', '/note'],
    ['version=2', '/version'],
    ['colour=red', '/colour'],
  ])('refused: %s', async (query, pointer) => {
    const answer = await get(query);
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([400, pointer]);
  });
});

describe('properties and safety', () => {
  test('the numbers that RDKit gives', async () => {
    const { body } = await research('properties', { smiles: [vanillin, bad, 'CC(=O)[O-].[Na+]'] });
    const [first, second, salt] = body.molecules;
    expect(first).toEqual({
      input: vanillin,
      smiles: vanillin,
      formula: 'C8H8O3',
      molecular_weight: 152.149,
      log_p: 1.2133,
      tpsa: 46.53,
      synthetic_accessibility: expect.any(Number),
      hydrogen_bond_donors: 1,
      hydrogen_bond_acceptors: 3,
      rotatable_bonds: 2,
      rings: 1,
      heavy_atoms: 11,
    });
    expect(second.error.code).toBe('invalid_input');
    expect(salt.warnings[0].code).toBe('salt');
  });

  test('flags with severity and source; a score whose meaning is told', async () => {
    const { body } = await research('safety', {
      smiles: ['CCO', 'CC(C)=CCCC(C)=CCO', 'C(C(CO[N+](=O)[O-])O[N+](=O)[O-])O[N+](=O)[O-]'],
    });
    const [ethanol, geraniol, explosive] = body.molecules;
    expect(body.rules).toMatchObject({
      version: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
      count: expect.any(Number),
    });
    expect(body.rules.score).toContain('not a probability');
    expect(ethanol.safety.score).toBeGreaterThan(geraniol.safety.score - 1e-9);
    expect(geraniol.safety.flags).toContainEqual({
      rule: 'eu-fragrance-allergen',
      severity: expect.any(String),
      title: expect.stringContaining('eraniol'),
      source: expect.stringContaining('2023/1545'),
    });
    expect(explosive.safety.score).toBe(0);
    expect(explosive.safety.flags[0].severity).toBe('block');
  });
});

describe('evaluate', () => {
  const labelled = [
    { smiles: vanillin, notes: ['vanilla', 'sweet'] },
    { smiles: 'CCOc1cc(C=O)ccc1O', notes: ['vanilla', 'sweet'] },
    { smiles: 'CSSC', notes: ['sulfurous'] },
    { smiles: 'CSC', notes: ['sulfurous'] },
    { smiles: bad, notes: [] },
  ];

  test('labels in, figures out; a molecule that cannot be read is told and left out', async () => {
    const { status, body } = await research('evaluate', { molecules: labelled });
    expect(status).toBe(200);
    expect(body.molecules).toEqual({ sent: 5, used: 4, failed: 1 });
    expect(body.failed).toEqual([
      { index: 4, input: bad, error: expect.objectContaining({ code: 'invalid_input' }) },
    ]);
    expect(body.notes[0]).toMatchObject({
      note: 'vanilla',
      positives: 2,
      negatives: 2,
      auroc: 1,
      average_precision: 1,
    });
    expect(body.macro).toMatchObject({ notes: 3, auroc: 1 });
    expect(body.pooled).toMatchObject({ positives: 6, negatives: 6 });
    expect(body.pooled.brier).toBeLessThan(0.2);
  });

  test('the same as CSV, in both forms', async () => {
    const json = await research('evaluate', {
      molecules: labelled,
      notes: ['vanilla', 'sweet', 'sulfurous'],
    });
    const send = async (text: string, query = '') => {
      const answer = await fetch(`${gateway.url}/api/v1/research/evaluate${query}`, {
        method: 'POST',
        headers: { 'x-api-key': api.key, 'content-type': 'text/csv' },
        body: text,
      });
      return { status: answer.status, body: JSON.parse(await answer.text()) };
    };
    const lists = await send(
      `smiles,notes\r\n${labelled.map(({ smiles, notes }) => `${smiles},${notes.join(';')}`).join('\r\n')}\r\n`,
    );
    const wide = await send(
      `smiles,vanilla,sweet,sulfurous\n${vanillin},1,1,0\nCCOc1cc(C=O)ccc1O,1,1,0\nCSSC,0,0,1\nCSC,0,0,1\n${bad},0,0,0\n`,
    );
    for (const { body } of [lists, wide]) {
      expect({ ...body, timing: 0 }).toEqual({ ...json.body, timing: 0 });
    }
    const gaps = await send(
      `smiles,vanilla,sweet\n${vanillin},1,\nCCO,0,1\nCCC,maybe,1\n`,
      '?model=olfactory-base&version=1',
    );
    expect(gaps.body.model.version).toBe('1');
    expect(gaps.body.failed[0]).toMatchObject({
      index: 2,
      error: { detail: 'the column vanilla must be 1, 0 or empty' },
    });
    expect(
      gaps.body.notes.map(({ positives, negatives }: Record<string, number>) => [positives, negatives]),
    ).toEqual([
      [1, 1],
      [1, 0],
    ]);
    expect((await send('name,notes\nx,y\n')).body.detail).toContain('smiles');
    expect((await send('smiles,notes\n"x,y\n')).body.detail).toContain('not CSV');
  });

  test.each([
    ['a note the model does not know', { molecules: [{ smiles: 'C', notes: ['moonlight'] }] }],
    ['a note that was not judged', { molecules: [{ smiles: 'C', notes: ['sweet'] }], notes: ['green'] }],
    ['no note at all', { molecules: [{ smiles: 'C', notes: [] }] }],
    ['no molecule', { molecules: [] }],
    ['only molecules without a SMILES', { molecules: [{ smiles: '', notes: ['sweet'] }] }],
  ])('refused: %s', async (_, body) => {
    const answer = await research('evaluate', body);
    expect([answer.status, answer.body.errors.length]).toEqual([400, 1]);
  });
});

test('a key without the scope research is refused', async () => {
  const { body } = await api.post('/api/v1/keys', { scopes: ['predict'] });
  const answer = await fetch(`${gateway.url}/api/v1/research/map`, {
    headers: { 'x-api-key': body.secret ?? body.key },
  });
  expect(answer.status).toBe(403);
});

test('notes of blends and of evaluations have a label in the language asked for', async () => {
  const french = { 'Accept-Language': 'fr' };
  const blend = await api.post(
    '/api/v1/research/mixtures',
    { ...mixtureRequestSchema.parse(mixtureRequestSchema.meta()?.['example']), top_k: 138 },
    french,
  );
  expect(blend.headers.get('content-language')).toBe('fr');
  expect(blend.body.notes).toContainEqual(expect.objectContaining({ note: 'vanilla', label: 'vanille' }));
  expect(blend.body.notes.every(({ label }: { label?: string }) => label)).toBe(true);
  const request = evaluateRequestSchema.meta()?.['example'];
  const { body } = await api.post('/api/v1/research/evaluate', request, french);
  expect(body.notes).toContainEqual(expect.objectContaining({ note: 'sulfurous', label: 'soufré' }));
  expect(evaluateResponseSchema.safeParse(body).error).toBeUndefined();
});
