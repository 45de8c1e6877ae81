import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ApiClient, apiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';

let fleet: GatewayUnderTest;
let owner: ApiClient;

beforeAll(async () => {
  fleet = await startGatewayUnderTest();
  owner = await fleet.tenant();
}, 60_000);
afterAll(() => fleet.stop(), 60_000);

const components = ['CCO', 'CCC'].map((smiles) => ({ smiles, proportion: 0.5 }));

async function holder(...scopes: string[]): Promise<ApiClient> {
  const made = await owner.post('/api/v1/keys', { scopes });
  expect(made.status).toBe(201);
  return apiClient(fleet.url, made.body.secret);
}

test('a key without a list is good for all but admin; a list is shown as it is kept', async () => {
  const made = (await owner.post('/api/v1/keys', {})).body;
  expect(made.scopes).toEqual(['predict', 'generate', 'sensors', 'research', 'account', 'models:*']);
  const narrow = (await owner.post('/api/v1/keys', { scopes: ['predict', 'predict'] })).body;
  expect(narrow.scopes).toEqual(['predict', 'models:*']);
  expect((await owner.get('/api/v1/keys')).body.keys[0].scopes).toEqual(narrow.scopes);
});

test.each([
  ['predict', 'POST', '/api/v1/predict', { smiles: 'CCO' }, 200],
  ['generate', 'POST', '/api/v1/generate', { description: 'vanilla', num_molecules: 1 }, 200],
  ['research', 'POST', '/api/v1/research/mixtures', { components }, 200],
  ['sensors', 'GET', '/api/v1/sensors/devices', undefined, 200],
  ['account', 'GET', '/api/v1/keys', undefined, 200],
])(
  '%s opens its own routes, and the lack of it is a 403 that names it',
  async (scope, method, path, body, status) => {
    const able = await (await holder(scope)).request(method, path, body);
    expect(able.status).toBe(status);
    const others = ['predict', 'generate', 'research', 'sensors', 'account'].filter((one) => one !== scope);
    const unable = await (await holder(...others)).request(method, path, body);
    expect(unable.body).toMatchObject({ status: 403, code: 'forbidden', scope });
    expect(unable.body.detail).toContain(scope);
  },
);

test('jobs are opened by the scope of their kind', async () => {
  const predictor = await holder('predict');
  const generation = { kind: 'generate', input: { description: 'vanilla', num_molecules: 1 } };
  expect((await predictor.post('/api/v1/jobs', { kind: 'predict', input: { smiles: ['C'] } })).status).toBe(
    202,
  );
  expect((await predictor.post('/api/v1/jobs', generation)).body).toMatchObject({
    status: 403,
    scope: 'generate',
  });
  expect((await predictor.get('/api/v1/jobs')).status).toBe(200);
  const sensors = await holder('sensors');
  expect((await sensors.get('/api/v1/jobs')).body).toMatchObject({
    status: 403,
    scope: ['predict', 'generate'],
  });
});

test('a key for one model uses that model only, cached or not, and sees only that', async () => {
  await owner.post('/api/v1/predict', { smiles: 'CCC' });
  const nez = await holder('predict', 'generate', 'research', 'models:nez');
  expect((await nez.post('/api/v1/predict', { smiles: 'CCC', model: 'nez' })).status).toBe(200);
  for (const [path, body] of [
    ['/api/v1/predict', { smiles: 'CCC' }],
    ['/api/v1/predict', { smiles: 'CCC', model: 'nose' }],
    ['/api/v1/research/mixtures', { components }],
    ['/api/v1/jobs', { kind: 'predict', input: { smiles: ['C'] } }],
  ] as const) {
    expect((await nez.post(path, body)).body).toMatchObject({ status: 403, scope: 'models:nose' });
  }
  const generated = await nez.post('/api/v1/generate', { description: 'vanilla', num_molecules: 1 });
  expect(generated.body).toMatchObject({ status: 403, scope: 'models:generator' });
  const job = { kind: 'predict', input: { smiles: ['C'], model: 'nez' } };
  expect((await nez.post('/api/v1/jobs', job)).status).toBe(202);
  expect((await nez.get('/api/v1/models')).body.models.map(({ name }: { name: string }) => name)).toEqual([
    'nez',
  ]);
});

test('a key hands on no more than it has', async () => {
  const clerk = await holder('account', 'models:nez');
  expect((await clerk.post('/api/v1/keys', {})).body.scopes).toEqual(['account', 'models:nez']);
  expect((await clerk.post('/api/v1/keys', { scopes: ['predict'] })).body).toMatchObject({
    status: 403,
    scope: 'predict',
  });
  expect((await owner.post('/api/v1/keys', { scopes: ['admin'] })).body).toMatchObject({ scope: 'admin' });
  const wrong = await owner.post('/api/v1/keys', { scopes: ['predicts'] });
  expect(wrong.body).toMatchObject({ status: 400, errors: [{ pointer: '/scopes/0' }] });
});

test('without keys everything but the account is open to all', async () => {
  const open = await startGatewayUnderTest({ API_KEY_REQUIRED: 'false' });
  try {
    const nobody = apiClient(open.url, undefined);
    expect((await nobody.post('/api/v1/predict', { smiles: 'CCO' })).status).toBe(200);
    expect((await nobody.get('/api/v1/keys')).body).toMatchObject({ status: 403, scope: 'account' });
  } finally {
    await open.stop();
  }
});
