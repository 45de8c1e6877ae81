import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';

let fleet: GatewayUnderTest;
let api: ApiClient & { readonly key: string };

beforeAll(async () => {
  fleet = await startGatewayUnderTest();
  api = await fleet.tenant();
}, 60_000);
afterAll(() => fleet.stop(), 60_000);

const asked = () => fleet.script.predicted.length;

describe('the model of a prediction', () => {
  test('by name or with its version; each model has its own cached rows', async () => {
    const smiles = 'CCOC';
    const byDefault = await api.post('/api/v1/predict', { smiles });
    expect(byDefault.body.model).toEqual({ name: 'nose', version: '1' });
    const named = await api.post('/api/v1/predict', { smiles, model: 'nez' });
    expect(named.body).toMatchObject({
      model: { name: 'nez', version: '7' },
      predictions: [{ cached: false }],
    });
    expect(fleet.script.askedModels.at(-1)).toBe('nez');
    const calls = asked();
    for (const model of ['nez', { name: 'nez' }, { name: 'nez', version: '7' }]) {
      const { body } = await api.post('/api/v1/predict', { smiles, model });
      expect(body).toMatchObject({ model: { name: 'nez', version: '7' }, predictions: [{ cached: true }] });
    }
    const again = await api.post('/api/v1/predict', { smiles });
    expect(again.body).toMatchObject({ model: { name: 'nose' }, predictions: [{ cached: true }] });
    expect(asked()).toBe(calls);
  });

  test.each([
    ['unknown', '/model'],
    [{ name: 'unknown' }, '/model/name'],
  ])('an unknown one is an error that names those there are: %j', async (model, pointer) => {
    const { status, body } = await api.post('/api/v1/predict', { smiles: 'C', model });
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: 'not_found', errors: [{ pointer, detail: 'there are: nose, nez' }] });
  });

  test.each(['', 'x'.repeat(101), 5, [], { version: '1' }, { name: 'nez', size: 1 }])(
    'no model can be meant by %j',
    async (model) => {
      const { status, body } = await api.post('/api/v1/predict', { smiles: 'C', model });
      expect(status).toBe(400);
      expect(body.errors[0].pointer).toMatch(/^\/model/);
    },
  );

  test('the list of models', async () => {
    const { status, body } = await api.get('/api/v1/models');
    expect(status).toBe(200);
    expect(body.models[0]).toEqual({
      name: 'nose',
      version: '1',
      task: 'odour-notes',
      default: true,
      summary: '',
      labels: 1,
      metrics: [{ dataset: 'panel', metric: 'macro_auroc', value: 0.9 }],
      license: 'MIT',
    });
    expect(body.models).toHaveLength(2);
  });
});

describe('what a prediction includes', () => {
  test('rows are cached apart by what they include, and how much of it', async () => {
    const ask = async (change: object) => {
      const { body } = await api.post('/api/v1/predict', { smiles: 'CCCOC', ...change });
      return [body.predictions[0].cached, body.predictions[0].similar?.length ?? 0];
    };
    expect(await ask({})).toEqual([false, 0]);
    expect(await ask({ include: ['similar'] })).toEqual([false, 5]);
    expect(await ask({ include: ['similar'], similar_k: 2 })).toEqual([false, 2]);
    expect(await ask({ include: ['similar'], similar_k: 2 })).toEqual([true, 2]);
    expect(await ask({ include: ['similar', 'similar'] })).toEqual([true, 5]);
    // What is not asked for makes no difference.
    expect(await ask({ similar_k: 3, attribution_note: 'rose' })).toEqual([true, 0]);
    expect(await ask({ include: ['attribution'], attribution_note: 'rose' })).toEqual([false, 0]);
    expect(await ask({ include: ['attribution'] })).toEqual([false, 0]);
    expect(await ask({ include: ['attribution'], attribution_note: 'rose' })).toEqual([true, 0]);
  });

  test.each([
    [
      '33 molecules to explain',
      { smiles: Array(33).fill('CC'), include: ['attribution'] },
      '/include',
      /at most 32/,
    ],
    ['no neighbours', { smiles: 'C', include: ['similar'], similar_k: 0 }, '/similar_k', /1 to 50/],
    ['51 neighbours', { smiles: 'C', include: ['similar'], similar_k: 51 }, '/similar_k', /1 to 50/],
    ['an overlong note', { smiles: 'C', attribution_note: 'x'.repeat(61) }, '/attribution_note', /1 to 60/],
    [
      'an unknown extra',
      { smiles: 'C', include: ['price'] },
      '/include/0',
      /embedding, similar, svg, attribution/,
    ],
  ])('refused without asking a model: %s', async (_, body, pointer, detail) => {
    const calls = asked();
    const answer = await api.post('/api/v1/predict', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ pointer, detail: expect.stringMatching(detail) }]);
    expect(asked()).toBe(calls);
  });
});

describe('mixtures', () => {
  const path = '/api/v1/research/mixtures';

  test('are answered with the blend and each component', async () => {
    const components = [
      { smiles: 'CCO', proportion: 0.25 },
      { smiles: 'CCC', proportion: 0.75 },
    ];
    const { status, body } = await api.post(path, { components, top_k: 1 });
    expect(status).toBe(200);
    expect(body).toEqual({
      model: { name: 'nose', version: '1' },
      method: { name: 'scripted' },
      primary_notes: ['vanilla'],
      notes: [{ note: 'vanilla', probability: 0.75 }],
      intensity: 6,
      components: components.map(({ smiles, proportion }) => ({
        input: smiles,
        smiles,
        proportion,
        share: 0.5,
        masked: false,
        notes: [],
      })),
      timing: { queue_ms: 0, inference_ms: 1, total_ms: expect.any(Number) },
    });
  });

  test.each([
    ['one component', { components: [{ smiles: 'C', proportion: 1 }] }, '/components'],
    ['51 components', { components: Array(51).fill({ smiles: 'C', proportion: 1 }) }, '/components'],
    [
      'a proportion of nothing',
      {
        components: [
          { smiles: 'C', proportion: 1 },
          { smiles: 'CC', proportion: 0 },
        ],
      },
      '/components/1/proportion',
    ],
    [
      'a component without SMILES',
      { components: [{ proportion: 1 }, { smiles: 'CC', proportion: 1 }] },
      '/components/0/smiles',
    ],
  ])('refused: %s', async (_, body, pointer) => {
    const answer = await api.post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ pointer, detail: expect.any(String) }]);
  });
});

describe('the language of an answer', () => {
  test('odour notes have a label in it, from the cache and before; English has none', async () => {
    for (const cached of [false, true]) {
      const { headers, body } = await api.post(
        '/api/v1/predict',
        { smiles: 'CCCCOC' },
        { 'Accept-Language': 'de-AT, en;q=0.5' },
      );
      expect(headers.get('content-language')).toBe('de');
      expect(headers.get('vary')).toMatch(/accept-language/i);
      expect(body.predictions[0]).toMatchObject({
        cached,
        notes: [
          { note: 'vanilla', label: 'Vanille' },
          { note: 'sweet', label: 'süß' },
        ],
        primary_notes: ['vanilla', 'sweet'],
      });
    }
    const english = await api.post('/api/v1/predict', { smiles: 'CCCCOC' }, { 'Accept-Language': 'xx' });
    expect(english.headers.get('content-language')).toBe('en');
    expect(english.headers.get('vary')).toMatch(/accept-language/i);
    expect(english.body.predictions[0].notes[0]).not.toHaveProperty('label');
  });

  test('a problem has its title in it, and its code as ever', async () => {
    const { headers, body } = await api.post(
      '/api/v1/predict',
      { smiles: 5 },
      { 'Accept-Language': 'ja, de' },
    );
    expect(headers.get('content-language')).toBe('ja');
    expect(headers.get('vary')).toMatch(/accept-language/i);
    expect(body).toMatchObject({ code: 'invalid_input', title: '入力が無効です', status: 400 });
  });
});
