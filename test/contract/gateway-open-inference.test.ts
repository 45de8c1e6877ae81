import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ModelInferRequest, openInferenceService } from '@sillage/contracts';
import { apiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { type ServedInference, serveInference } from '../support/inference.ts';

// Both doors of a real gateway, with a real auth, before a real inference service on the models of test/oip.
let inference: ServedInference;
let fleet: GatewayUnderTest;
let door: Client;
type Caller = Awaited<ReturnType<GatewayUnderTest['tenant']>>;
let api: Caller;

beforeAll(async () => {
  inference = await serveInference({
    MODEL_PATH: join(import.meta.dirname, '../oip/models'),
    MODEL_CONTROL: 'explicit',
  });
  fleet = await startGatewayUnderTest({
    TENSORS_TARGET: `127.0.0.1:${inference.running.ports['grpc']}`,
    GRPC_PORT: '0',
  });
  door = new Client(`127.0.0.1:${fleet.gateway.ports['grpc']}`, credentials.createInsecure());
  api = await fleet.tenant();
}, 60_000);

afterAll(async () => {
  // A client that stays connected does not hold up the stop.
  const started = Date.now();
  await fleet?.stop();
  expect(Date.now() - started).toBeLessThan(15_000);
  door?.close();
  await inference?.stop();
}, 30_000);

const infer = '/v2/models/sums/versions/1/infer';
const tensor = (name: string, data: number[]) => ({ name, datatype: 'FP32', shape: [1, data.length], data });
const sums = { id: 'seven', inputs: [tensor('a', [1, 2]), tensor('b', [3, 4])] };
const floats = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer);

/** One call with this key in its metadata. */
function call(method: keyof typeof openInferenceService, request: object, headers: Record<string, string>) {
  const { path, requestSerialize, responseDeserialize } = openInferenceService[method] as MethodDefinition<
    object,
    object
  >;
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  // biome-ignore lint/suspicious/noExplicitAny: asserted, not assumed
  return new Promise<{ error: ServiceError | null; answer: any; metadata: Metadata }>((resolve) => {
    let head = new Metadata();
    door
      .makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, (error, answer) =>
        resolve({ error, answer, metadata: error?.metadata ?? head }),
      )
      .on('metadata', (given: Metadata) => {
        head = given;
      });
  });
}

/** A stream of messages at the door or at inference itself: what came back, and how it ended. */
async function streamInfer(client: Client, messages: readonly ModelInferRequest[], key?: string) {
  const { path, requestSerialize, responseDeserialize } = openInferenceService.ModelStreamInfer;
  const metadata = new Metadata();
  if (key !== undefined) metadata.set('x-api-key', key);
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
  const ended = new Promise<number>((resolve) => {
    stream.on('status', ({ code }) => resolve(code));
  });
  const answers: (string | number[] | undefined)[] = [];
  stream.on('error', () => {});
  stream.on('data', ({ errorMessage, inferResponse }) =>
    answers.push(errorMessage || inferResponse?.outputs[0]?.contents?.fp32Contents),
  );
  for (const one of messages) stream.write(one);
  stream.end();
  return { code: await ended, answers };
}

const typed = (name: string, values: number[]) => ({
  name,
  datatype: 'FP32',
  shape: [1, values.length],
  contents: { fp32Contents: values },
});
const message: ModelInferRequest = { modelName: 'sums', inputs: [typed('a', [1]), typed('b', [2])] };

describe('over HTTP', () => {
  test('a model is asked in JSON', async () => {
    const { status: code, body, headers } = await api.post(infer, sums);
    expect([code, headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(body).toEqual({
      model_name: 'sums',
      model_version: '1',
      id: 'seven',
      outputs: [
        { name: 'y', datatype: 'FP32', shape: [1, 2], data: [4, 6] },
        { name: 'total', datatype: 'FP32', shape: [1], data: [10] },
      ],
    });
    expect(headers.get('x-request-id')).toBeTruthy();
  });

  test('bytes of tensors go and come behind the JSON, compressed too', async () => {
    const head = JSON.stringify({
      inputs: [
        { name: 'a', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } },
        tensor('b', [3, 4]),
      ],
      outputs: [{ name: 'total' }, { name: 'y', parameters: { binary_data: true } }],
    });
    const body = Buffer.concat([Buffer.from(head), floats(1, 2)]);
    const length = { 'Inference-Header-Content-Length': String(head.length) };
    for (const [bytes, headers] of [
      [body, length],
      [gzipSync(body), { ...length, 'Content-Encoding': 'gzip' }],
    ] as const) {
      const answer = await fetch(fleet.url + infer, {
        method: 'POST',
        headers: { 'X-API-Key': api.key, ...headers },
        body: new Uint8Array(bytes),
      });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
      const jsonLength = Number(answer.headers.get('inference-header-content-length'));
      const received = Buffer.from(await answer.arrayBuffer());
      expect(JSON.parse(received.subarray(0, jsonLength).toString()).outputs).toEqual([
        { name: 'total', datatype: 'FP32', shape: [1], data: [10] },
        { name: 'y', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } },
      ]);
      expect(received.subarray(jsonLength)).toEqual(floats(4, 6));
    }
  });

  test('what a body unpacks to is bounded', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const answer = await fetch(fleet.url + infer, {
      method: 'POST',
      headers: { 'X-API-Key': api.key, 'Content-Encoding': 'gzip' },
      body: new Uint8Array(bomb),
    });
    expect([answer.status, await answer.json()]).toEqual([
      413,
      { error: expect.stringContaining('larger than') },
    ]);
    const plain = await api.post(infer, 'no gzip', { 'Content-Encoding': 'gzip' });
    expect([plain.status, plain.body]).toEqual([400, { error: expect.stringContaining('gzip') }]);
    expect((await api.post(infer, '{}', { 'Content-Encoding': 'br' })).status).toBe(415);
  });

  test.each<[string, string, unknown, number, string]>([
    ['an unknown model', '/v2/models/nobody/infer', sums, 404, 'there is no model "nobody"'],
    ['an unknown version', '/v2/models/sums/versions/9/infer', sums, 404, 'there are: 2, 1'],
    ['a broken model', '/v2/models/broken/infer', sums, 503, 'Protobuf parsing failed'],
    ['a wrong tensor', infer, { inputs: [tensor('a', [1])] }, 400, 'b is missing'],
    ['a wrong element', infer, { inputs: [{ ...tensor('a', [1]), data: ['x'] }] }, 400, 'must be a number'],
    [
      'too many rows',
      infer,
      {
        inputs: ['a', 'b'].map((name) => ({ name, datatype: 'FP32', shape: [9, 1], data: Array(9).fill(1) })),
      },
      413,
      'at most 8',
    ],
    ['no JSON', infer, '{', 400, 'is not JSON'],
    ['no such route', '/v2/nothing', {}, 404, 'no such route'],
  ])('%s is told in the protocol’s own form', async (_, path, request, code, text) => {
    const { status: got, body } = await api.post(path, request);
    expect([got, body]).toEqual([code, { error: expect.stringContaining(text) }]);
  });

  test('what there is: server, models, statistics; health needs no key', async () => {
    const get = async (path: string) => (await api.get(path)).body;
    expect(await get('/v2')).toMatchObject({
      name: 'sillage',
      extensions: expect.arrayContaining(['statistics']),
    });
    expect(await get('/v2/models/sums')).toMatchObject({
      versions: ['2', '1'],
      inputs: [{ name: 'a', datatype: 'FP32', shape: [-1, -1] }, { name: 'b' }],
    });
    expect(await get('/v2/models/sums/versions/1/ready')).toEqual({ name: 'sums', ready: true });
    expect((await api.get('/v2/models/broken/ready')).status).toBe(503);
    expect(await get('/v2/models/sums/config')).toMatchObject({ max_batch_size: 8, dynamic_batching: {} });
    const { model_stats: all } = await get('/v2/models/stats');
    expect(all).toHaveLength(5);
    const { model_stats: one } = await get('/v2/models/sums/versions/1/stats');
    expect(one[0]).toMatchObject({
      name: 'sums',
      version: '1',
      inference_stats: { success: { count: expect.any(Number) } },
    });
    const index = await api.post('/v2/repository/index');
    expect(index.body).toContainEqual({ name: 'sums', version: '2', state: 'READY', reason: '' });
    expect((await api.post('/v2/repository/index', { ready: true })).body).toHaveLength(5);
    expect(await (await fetch(`${fleet.url}/v2/health/live`)).json()).toEqual({ live: true });
    expect(await (await fetch(`${fleet.url}/v2/health/ready`)).json()).toEqual({ ready: true });
    const keyless = await fetch(`${fleet.url}/v2/models/sums`);
    expect([keyless.status, await keyless.json()]).toEqual([
      401,
      { error: expect.stringContaining('API key') },
    ]);
  });
});

/** Another key of the same tenant. */
async function keyWith(client: Caller | Awaited<ReturnType<GatewayUnderTest['admin']>>, scopes: string[]) {
  const { body } = await client.post('/api/v1/keys', { label: 'oip', scopes });
  return String(body.secret);
}

test('bodies that were damaged on the way are answered with what is wrong, never with a fault of ours', async () => {
  const head = JSON.stringify({
    inputs: [
      { name: 'a', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } },
      tensor('b', [3, 4]),
    ],
  });
  const body = Buffer.concat([Buffer.from(head), floats(1, 2)]);
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  const statuses = new Set<number>();
  for (let round = 0; round < 300; round++) {
    const damaged = Buffer.from(random(4) === 0 ? body.subarray(0, random(body.length)) : body);
    for (let change = random(4); change >= 0 && damaged.length > 0; change--)
      damaged[random(damaged.length)] = random(256);
    const length = random(5) === 0 ? random(2 * body.length) : head.length;
    const answer = await fetch(fleet.url + infer, {
      method: 'POST',
      headers: { 'X-API-Key': api.key, 'Inference-Header-Content-Length': String(length) },
      body: new Uint8Array(damaged),
    });
    statuses.add(answer.status);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 200) expect(JSON.parse(bytes.toString())).toEqual({ error: expect.any(String) });
  }
  expect([...statuses].sort().filter((code) => ![200, 400, 413].includes(code))).toEqual([]);
});

describe('keys, scopes and limits hold at both doors', () => {
  test('a key is needed, by either name; health is open', async () => {
    expect((await call('ServerLive', {}, {})).answer).toEqual({ live: true });
    expect((await call('ServerReady', {}, {})).answer).toEqual({ ready: true });
    const keyless = await call('ModelInfer', message, {});
    expect([keyless.error?.code, keyless.error?.details]).toEqual([
      status.UNAUTHENTICATED,
      expect.stringContaining('is needed'),
    ]);
    for (const headers of [{ 'x-api-key': api.key }, { authorization: `Bearer ${api.key}` }]) {
      const { answer } = await call('ModelInfer', message, headers);
      expect(
        answer.outputs.map(({ contents }: { contents: { fp32Contents: number[] } }) => contents.fp32Contents),
      ).toEqual([[6], [6]]);
    }
    const wrong = await call('ModelMetadata', { name: 'sums' }, { 'x-api-key': 'sk_test_none' });
    expect(wrong.error?.code).toBe(status.UNAUTHENTICATED);
  });

  test('a stream of messages: each has its answer or its error, in their order, and counts as a call', async () => {
    const add = (a: number, b: number, modelName = 'sums'): ModelInferRequest => ({
      modelName,
      inputs: [typed('a', [a]), typed('b', [b])],
    });
    const direct = new Client(`127.0.0.1:${inference.running.ports['grpc']}`, credentials.createInsecure());
    const messages = [add(1, 2), add(3, 4, 'nobody'), add(5, 6)];
    const [sum] = (await call('ModelInfer', add(1, 2), { 'x-api-key': api.key })).answer.outputs;
    const usage = async () => {
      const { body } = await api.get('/api/v1/account/usage?group_by=endpoint');
      return JSON.stringify(body);
    };
    for (const [client, key] of [[door, api.key] as const, [direct, undefined] as const]) {
      const { code, answers } = await streamInfer(client, messages, key);
      expect(code).toBe(status.OK);
      expect(answers[0]).toEqual(sum.contents.fp32Contents);
      expect(answers[1]).toContain('there is no model "nobody"');
      expect(answers).toHaveLength(3);
      expect(answers[2]).not.toEqual(answers[0]);
    }
    direct.close();
    expect(await streamInfer(door, messages)).toEqual({ code: status.UNAUTHENTICATED, answers: [] });
    const other = await keyWith(api, ['predict', 'models:words']);
    const refused = await streamInfer(door, messages, other);
    expect([refused.code, refused.answers[0]]).toEqual([status.OK, expect.stringContaining('models:sums')]);
    expect(await usage()).toContain('ModelStreamInfer');
  });

  test('a key for one model opens that model alone', async () => {
    const key = await keyWith(api, ['predict', 'models:words']);
    const mine = apiClient(fleet.url, key);
    expect((await mine.get('/v2/models/words')).status).toBe(200);
    const refused = await mine.post(infer, sums);
    expect([refused.status, refused.body]).toEqual([403, { error: expect.stringContaining('models:sums') }]);
    expect((await mine.post('/v2/repository/index')).body.map(({ name }: { name: string }) => name)).toEqual([
      'words',
    ]);
    const headers = { 'x-api-key': key };
    expect((await call('ModelInfer', message, headers)).error?.code).toBe(status.PERMISSION_DENIED);
    expect((await call('ModelMetadata', { name: 'words' }, headers)).answer.name).toBe('words');
    expect((await call('RepositoryIndex', {}, headers)).answer.models).toHaveLength(1);
    expect((await call('ModelStatistics', {}, headers)).answer.modelStats).toHaveLength(1);
  });

  test('a key without predict asks nothing; loading and unloading are for administrators', async () => {
    const account = { 'x-api-key': await keyWith(api, ['account', 'models:*']) };
    expect((await call('ModelInfer', message, account)).error?.code).toBe(status.PERMISSION_DENIED);
    expect((await api.post('/v2/repository/models/sums/unload')).status).toBe(403);
    expect(
      (await call('RepositoryModelUnload', { modelName: 'sums' }, { 'x-api-key': api.key })).error?.code,
    ).toBe(status.PERMISSION_DENIED);
    const admin = await fleet.admin();
    expect((await admin.post('/v2/repository/models/scalar/unload', {})).status).toBe(200);
    expect((await admin.get('/v2/models/scalar/ready')).status).toBe(503);
    const key = { 'x-api-key': await keyWith(admin, ['admin', 'models:*']) };
    expect((await call('RepositoryModelLoad', { modelName: 'scalar' }, key)).error).toBeNull();
    expect((await admin.get('/v2/models/scalar/ready')).body).toEqual({ name: 'scalar', ready: true });
  });

  test('one limit for both doors, told at both', async () => {
    const free = await fleet.tenant('TIER_FREE');
    const headers = { 'x-api-key': free.key };
    const first = await call('ModelInfer', message, headers);
    expect(first.metadata.get('ratelimit')).toEqual([expect.stringMatching(/^"hour";r=99;t=36/)]);
    const asked = await Promise.all(Array.from({ length: 60 }, () => free.post(infer, sums)));
    expect(asked.every(({ status: code }) => code === 200)).toBe(true);
    const calls = await Promise.all(Array.from({ length: 60 }, () => call('ModelInfer', message, headers)));
    const refused = calls.filter(({ error }) => error);
    expect(refused).toHaveLength(21);
    expect(refused[0]?.error?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect((await free.post(infer, sums)).status).toBe(429);
  });

  test('a revoked key opens neither door', async () => {
    const leaving = await fleet.tenant();
    const headers = { 'x-api-key': leaving.key };
    expect((await call('ModelInfer', message, headers)).error).toBeNull();
    await api.delete(`/api/v1/keys/${leaving.keyId}`);
    await leaving.delete(`/api/v1/keys/${leaving.keyId}`);
    const { error } = await call('ModelInfer', message, headers);
    expect(error?.code).toBe(status.UNAUTHENTICATED);
  });

  test('requests at both doors are counted for the account', async () => {
    const metrics = await (await fetch(`${fleet.url}/metrics`)).text();
    expect(metrics).toContain('endpoint="/v2/models/{model}/versions/{version}/infer"');
    expect(metrics).toContain('endpoint="inference.GRPCInferenceService/ModelInfer"');
  });

  test('bytes that are no message are refused before they reach inference', async () => {
    const bytes = (value: Buffer) => value;
    const metadata = new Metadata();
    metadata.set('x-api-key', api.key);
    const path = openInferenceService.ModelInfer.path;
    const error = await new Promise<ServiceError | null>((resolve) => {
      door.makeUnaryRequest(path, bytes, bytes, Buffer.from([0x0b]), metadata, (failed) => resolve(failed));
    });
    expect([error?.code, error?.details]).toEqual([
      status.INVALID_ARGUMENT,
      expect.stringContaining('ModelInferRequest'),
    ]);
  });
});
