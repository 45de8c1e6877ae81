import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { InferencePools, parseTargets } from '@sillage/inference-client';
import { AppError, createLog, Metrics } from '@sillage/kit';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { serveInference } from '../support/inference.ts';
import { type PoolModel, type ScriptedPool, startScriptedPool } from '../support/scripted-pool.ts';

const nose = (version: string, name = 'nose'): PoolModel => ({
  ...{ name, version, task: 'odour-notes', isDefault: name === 'nose' },
});
const generator: PoolModel = {
  name: 'generator-dit',
  version: '1',
  task: 'molecule-generation',
  isDefault: true,
};
const sums: PoolModel = { name: 'sums', version: '1', task: 'tensors' };

const { log } = await createLog({ service: 'test', level: 'silent' });
let stable: ScriptedPool;
let canary: ScriptedPool;
let generate: ScriptedPool;
let metrics: Metrics;
let pools: InferencePools;

beforeAll(async () => {
  stable = await startScriptedPool([nose('2'), nose('1'), sums]);
  canary = await startScriptedPool([nose('3')]);
  generate = await startScriptedPool([generator, nose('2')]);
});
afterEach(() => {
  pools?.close();
  for (const { calls } of [stable, canary, generate]) calls.clear();
});
afterAll(() => Promise.all([stable, canary, generate].map((pool) => pool.halt())));

function open(): InferencePools {
  metrics = new Metrics('test');
  const targets = parseTargets(`${stable.target}=80,${canary.target}=20,${generate.target}=0`);
  pools = new InferencePools({ targets, timeoutMs: 5000, log, metrics });
  return pools;
}

async function versionOf(routeKey: string, version = ''): Promise<string | undefined> {
  const model = { name: version === '' ? '' : 'nose', version };
  const answer = await pools.unary('Predict', { smiles: ['CCO'], model }, { routeKey });
  return answer.model?.version;
}

async function within(limitMs: number, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not so within ${limitMs} ms`);
    await delay(50);
  }
}

test('a canary has its share, the same question always the same version, a version asked for its pool', async () => {
  open();
  const keys = Array.from({ length: 300 }, (_, index) => `question ${index}`);
  const first = await Promise.all(keys.map((key) => versionOf(key)));
  const share = first.filter((version) => version === '3').length / keys.length;
  expect(share).toBeGreaterThan(0.12);
  expect(share).toBeLessThan(0.28);
  expect(await Promise.all(keys.map((key) => versionOf(key)))).toEqual(first);
  expect(keys.map((key) => pools.expected(undefined, key)?.version)).toEqual(first);
  expect(generate.calls.get('Predict')).toBeUndefined();
  for (const version of ['1', '2', '3']) expect(await versionOf('any', version)).toBe(version);
});

test('a generation goes where its model is; what needs none goes anywhere', async () => {
  open();
  const started = [];
  for await (const event of pools.stream('Generate', { description: 'vanilla', worker: 'dit' })) {
    started.push(...(event.started ? [event.started.model?.name] : []));
  }
  expect(started).toEqual(['generator-dit']);
  expect((await pools.unary('DrawMolblocks', { smiles: ['CCO'] })).molblocks).toEqual(['CCO']);
});

test('what no pool serves is told with what there is, over all of them', async () => {
  open();
  const unknown = pools.unary('Predict', { smiles: ['CCO'], model: { name: 'ear', version: '' } });
  await expect(unknown).rejects.toMatchObject({
    code: 'not_found',
    message: 'no model ear for odour-notes; there are: nose',
    errors: [{ pointer: '/model/name', detail: 'there are: nose' }],
  });
  await expect(versionOf('any', '9')).rejects.toThrow('no version 9 of model nose; there are: 2, 1, 3');
  const events = pools.stream('Generate', { description: 'vanilla', worker: 'gan' });
  await expect(events.next()).rejects.toMatchObject({
    code: 'invalid_input',
    errors: [{ pointer: '/worker', detail: 'no worker gan; there are: dit' }],
  });
});

test('the models of all pools are one list, with one default for each task', async () => {
  open();
  const models = await pools.listModels();
  expect(models.map(({ ref, isDefault }) => `${ref?.name} ${ref?.version} ${isDefault}`)).toEqual([
    'generator-dit 1 true',
    'nose 3 false',
    'nose 2 true',
    'nose 1 false',
  ]);
});

test('a pool that is away is left out where another serves; else it is unavailable with a time, and comes back', async () => {
  open();
  const keys = Array.from({ length: 40 }, (_, index) => `question ${index}`);
  await Promise.all(keys.map((key) => versionOf(key)));
  await stable.halt();
  // From the first call on: the pool that does not answer is passed over.
  const versions = await Promise.all(keys.map((key) => versionOf(key)));
  expect(new Set(versions)).toEqual(new Set(['3']));
  const lost = await versionOf('any', '1').catch((error: unknown) => error);
  expect(lost).toBeInstanceOf(AppError);
  expect(lost).toMatchObject({ code: 'unavailable', retryAfterS: expect.any(Number) });
  expect(await pools.check()).toBe(
    `${stable.target} is away, ${canary.target} is there, ${generate.target} is there`,
  );
  await stable.resume();
  await within(5000, async () => (await versionOf('any', '1').catch(() => '')) === '1');
  const text = await metrics.registry.metrics();
  expect(text).toContain(`olfactory_pool_requests_in_flight{pool="${stable.target}",service="test"} 0`);
  expect(text).toMatch(
    new RegExp(`olfactory_pool_refused_total{pool="${stable.target}",reason="unavailable"`),
  );
});

test('a version that comes in while requests run is taken over with the first answer', async () => {
  open();
  const keys = Array.from({ length: 20 }, (_, index) => `question ${index}`);
  const versions = await Promise.all(keys.map((key) => versionOf(key)));
  const key = keys[versions.indexOf('2')] ?? '';
  stable.models = [nose('4'), nose('2'), nose('1'), sums];
  await within(3000, async () => {
    await versionOf(key);
    return pools.expected(undefined, key)?.version === '4';
  });
  stable.models = [nose('2'), nose('1'), sums];
});

test('through the gateway: one API over all pools', async () => {
  const targets = `${stable.target}=80,${canary.target}=20,${generate.target}=0`;
  const fleet: GatewayUnderTest = await startGatewayUnderTest({ INFERENCE_TARGET: targets, GRPC_PORT: '0' });
  try {
    const api = await fleet.tenant();
    const ready = await fetch(`${fleet.url}/ready`);
    expect(await ready.json()).toMatchObject({
      checks: { inference: { ok: true, detail: expect.stringContaining(`${generate.target} is there`) } },
    });
    const ask = async (smiles: string, model?: object) =>
      (await api.post('/api/v1/predict', { smiles, ...(model ? { model } : {}) })).body;
    const versions = new Map<string, string>();
    for (let length = 1; length <= 30; length += 1) {
      const smiles = 'C'.repeat(length);
      versions.set(smiles, (await ask(smiles)).model.version);
    }
    expect(new Set(versions.values())).toEqual(new Set(['2', '3']));
    // Kept answers are of the version that the molecule goes to.
    for (const [smiles, version] of versions) {
      const again = await ask(smiles);
      expect(again).toMatchObject({ model: { version }, predictions: [{ cached: true }] });
    }
    expect((await ask('CCO', { name: 'nose', version: '1' })).model.version).toBe('1');
    expect((await api.post('/v2/repository/index', {})).body).toHaveLength(5);
    const inferred = await api.post('/v2/models/sums/infer', { inputs: [] });
    expect(inferred).toMatchObject({ status: 200, body: { model_name: 'sums', model_version: '1' } });
    expect(await api.post('/v2/models/none/infer', { inputs: [] })).toMatchObject({ status: 404 });
    const admin = await fleet.admin();
    expect((await admin.post('/v2/repository/models/sums/load', {})).status).toBe(200);
    expect([stable, canary].map(({ calls }) => calls.get('load sums'))).toEqual([1, undefined]);

    await stable.halt();
    const away = await api.post('/api/v1/predict', { smiles: 'CC=O', model: { name: 'nose', version: '1' } });
    expect(away).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask('CC=O')).model.version).toBe('3');
    await stable.resume();
  } finally {
    await fleet.stop();
  }
}, 60_000);

test('a pool loads the models that MODELS names, and no others', async () => {
  await expect(serveInference({ MODELS: 'olfactory-fast,nose' })).rejects.toThrow(
    'no model nose; there are: ',
  );
  await expect(serveInference({ MODELS: 'generator-baseline' })).rejects.toThrow(
    'needs a model for odour-notes',
  );
  const served = await serveInference({ MODELS: 'olfactory-fast', DEFAULT_MODELS: 'olfactory-base' });
  try {
    const { models } = await served.client.unary('ListModels', {});
    expect(models.map(({ ref }) => ref?.name)).toEqual(['olfactory-fast']);
    const answer = await served.client.unary('Predict', { smiles: ['CCO'], topK: 1 });
    expect(answer.model).toEqual({ name: 'olfactory-fast', version: '1' });
  } finally {
    await served.stop();
  }
}, 60_000);
