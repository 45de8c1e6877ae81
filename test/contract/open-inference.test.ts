import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type GRPCInferenceServiceDefinition,
  type ModelInferRequest,
  openInferenceService,
} from '@sillage/contracts';
import { GrpcClient } from '@sillage/kit';
import { type ServedInference, serveInference } from '../support/inference.ts';

// A real inference service on models made for this (test/oip/make_models.py), one of them broken.
let folder: string;
let served: ServedInference;
let client: GrpcClient<GRPCInferenceServiceDefinition>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oip-'));
  cpSync(join(import.meta.dirname, '../oip/models'), folder, { recursive: true });
  served = await serveInference({ MODEL_PATH: folder, MODEL_CONTROL: 'explicit' });
  client = new GrpcClient({
    definition: openInferenceService,
    target: `127.0.0.1:${served.running.ports['grpc']}`,
    peer: 'inference',
    timeoutMs: 30_000,
  });
}, 60_000);

afterAll(async () => {
  client?.close();
  await served?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const floats = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer);

/** Two inputs of one row each. */
function sums(a: number[], b: number[], change: ModelInferRequest = {}): ModelInferRequest {
  const tensor = (name: string, values: number[]) => ({ name, datatype: 'FP32', shape: [1, values.length] });
  return {
    modelName: 'sums',
    inputs: [tensor('a', a), tensor('b', b)],
    rawInputContents: [floats(...a), floats(...b)],
    ...change,
  };
}

const inferOf = (name: string) =>
  client.unary('ModelStatistics', { name, version: '' }).then(({ modelStats }) => modelStats[0]);

describe('the repository', () => {
  test('everything is listed; what cannot be served says why and keeps nothing else from being served', async () => {
    const { models } = await client.unary('RepositoryIndex', {});
    expect(models.map(({ name, version, state }) => `${name} ${version} ${state}`)).toEqual([
      'broken 1 UNAVAILABLE',
      'echo 1 READY',
      'scalar 1 READY',
      'sums 2 READY',
      'sums 1 READY',
      'words 1 READY',
    ]);
    expect(models[0]?.reason).toMatch(/Protobuf parsing failed/);
    expect(models[0]?.reason).not.toContain(folder);
    const ready = await client.unary('RepositoryIndex', { ready: true });
    expect(ready.models.map(({ name }) => name)).not.toContain('broken');
    expect(await client.unary('ServerReady', {})).toEqual({ ready: true });
    expect(await client.unary('ModelReady', { name: 'broken' })).toEqual({ ready: false });
    await expect(client.unary('ModelInfer', { modelName: 'broken' })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('Protobuf parsing failed'),
    });
  });

  test('metadata comes from the ONNX file', async () => {
    expect(await client.unary('ModelMetadata', { name: 'sums' })).toEqual({
      name: 'sums',
      versions: ['2', '1'],
      platform: 'onnxruntime_onnx',
      inputs: ['a', 'b'].map((name) => ({ name, datatype: 'FP32', shape: ['-1', '-1'] })),
      outputs: [
        { name: 'y', datatype: 'FP32', shape: ['-1', '-1'] },
        { name: 'total', datatype: 'FP32', shape: ['-1'] },
      ],
    });
    const { config } = await client.unary('ModelConfig', { name: 'sums' });
    expect(config).toMatchObject({
      maxBatchSize: 8,
      input: [{ name: 'a', dataType: 'TYPE_FP32', dims: ['-1'] }, {}],
    });
    const echo = await client.unary('ModelMetadata', { name: 'echo' });
    expect(echo.inputs.map(({ datatype }) => datatype)).toHaveLength(13);
    expect((await client.unary('ModelConfig', { name: 'echo' })).config?.maxBatchSize).toBe(0);
  });

  test.each([
    ['no such model', { name: 'nose' }, 'there is no model "nose"'],
    [
      'no such version',
      { name: 'sums', version: '9' },
      'there is no version "9" of model sums; there are: 2, 1',
    ],
    ['no model', { name: '' }, 'there is no model ""'],
  ])('%s is not found', async (_, request, message) => {
    for (const ask of ['ModelMetadata', 'ModelReady', 'ModelConfig'] as const) {
      await expect(client.unary(ask, request)).rejects.toMatchObject({
        code: 'not_found',
        message: expect.stringContaining(message),
      });
    }
  });
});

describe('inference', () => {
  test('raw in, raw out; the newest version unless another is named', async () => {
    const newest = await client.unary('ModelInfer', { ...sums([1, 2], [3, 4]), id: 'seven' });
    expect(newest).toMatchObject({
      id: 'seven',
      modelName: 'sums',
      modelVersion: '2',
      outputs: [
        { name: 'y', datatype: 'FP32', shape: ['1', '2'], contents: null },
        { name: 'total', datatype: 'FP32', shape: ['1'] },
      ],
    });
    expect(newest.rawOutputContents).toEqual([floats(8, 12), floats(20)]);
    const first = await client.unary('ModelInfer', {
      ...sums([1, 2], [3, 4]),
      modelVersion: '1',
      outputs: [{ name: 'total' }],
    });
    expect(first.outputs.map(({ name }) => name)).toEqual(['total']);
    expect(first.rawOutputContents).toEqual([floats(10)]);
  });

  test('typed in, typed out', async () => {
    const tensor = (name: string, fp32Contents: number[]) => ({
      name,
      datatype: 'FP32',
      shape: [1, 2],
      contents: { fp32Contents },
    });
    const answer = await client.unary('ModelInfer', {
      modelName: 'sums',
      inputs: [tensor('b', [3, 4]), tensor('a', [1, 2])],
    });
    expect(answer.rawOutputContents).toEqual([]);
    expect(answer.outputs.map(({ contents }) => contents?.fp32Contents)).toEqual([[8, 12], [20]]);
  });

  test('every datatype comes back as it was sent', async () => {
    const { inputs } = await client.unary('ModelMetadata', { name: 'echo' });
    const bytes: Record<string, Buffer> = {
      BOOL: Buffer.from([1, 0]),
      UINT8: Buffer.from([0, 255]),
      UINT16: Buffer.from(Uint16Array.of(1, 65_535).buffer),
      UINT32: Buffer.from(Uint32Array.of(1, 4_294_967_295).buffer),
      UINT64: Buffer.from(BigUint64Array.of(1n, 2n ** 64n - 1n).buffer),
      INT8: Buffer.from([128, 127]),
      INT16: Buffer.from(Int16Array.of(-1, 7).buffer),
      INT32: Buffer.from(Int32Array.of(-1, 7).buffer),
      INT64: Buffer.from(BigInt64Array.of(-(2n ** 63n), 7n).buffer),
      FP16: Buffer.from([0, 0x3c, 0, 0xc0]),
      FP32: floats(Number.NaN, -Infinity),
      FP64: Buffer.from(Float64Array.of(0.1, -0).buffer),
      BYTES: Buffer.concat([Buffer.from([5, 0, 0, 0]), Buffer.from('caf\u00e9'), Buffer.from([0, 0, 0, 0])]),
    };
    const answer = await client.unary('ModelInfer', {
      modelName: 'echo',
      inputs: inputs.map(({ name, datatype }) => ({ name, datatype, shape: [1, 2] })),
      rawInputContents: inputs.map(({ datatype }) => bytes[datatype] ?? Buffer.alloc(0)),
    });
    for (const [index, { name, datatype }] of answer.outputs.entries()) {
      expect([name, answer.rawOutputContents[index]?.toString('hex')]).toEqual([
        `out_${datatype.toLowerCase()}`,
        bytes[datatype]?.toString('hex'),
      ]);
    }
    expect(answer.outputs).toHaveLength(13);
  });

  test('a tensor without dimensions is one', async () => {
    const request = { modelName: 'scalar', inputs: [{ name: 'x', datatype: 'FP64', shape: [] }] };
    const raw = Buffer.from(Float64Array.of(2).buffer);
    const { outputs, rawOutputContents } = await client.unary('ModelInfer', {
      ...request,
      rawInputContents: [raw],
    });
    expect(outputs[0]?.shape).toEqual([]);
    expect(rawOutputContents[0]?.readDoubleLE()).toBe(-2);
  });

  test('the highest values by name, as the classification extension has them', async () => {
    const answer = await client.unary('ModelInfer', {
      ...sums([1, 5, 3], [0, 0, 0]),
      outputs: [{ name: 'y', parameters: { classification: { int64Param: 2 } } }],
    });
    expect(answer.outputs[0]).toMatchObject({ datatype: 'BYTES', shape: ['1', '2'] });
    expect(String(answer.rawOutputContents[0]).replaceAll(/[^\w:.]+/g, ' ')).toBe(
      ' 10.000000:1:second 6.000000:2:third',
    );
  });

  test.each<[string, ModelInferRequest, string, string]>([
    [
      'a missing input',
      { inputs: [{ name: 'a', datatype: 'FP32', shape: [1, 1] }], rawInputContents: [floats(1)] },
      '/inputs',
      'b is missing',
    ],
    ['an unknown output', { outputs: [{ name: 'z' }] }, '/outputs/0/name', 'no output z; it has y, total'],
    [
      'one raw entry too few',
      { rawInputContents: [floats(1)] },
      '/raw_input_contents',
      'has 1 entries for 2 inputs',
    ],
    [
      'bytes that do not fit the shape',
      { rawInputContents: [floats(1), floats(1, 2)] },
      '/inputs/1',
      'has 8 bytes; FP32 of the shape [1, 1] has 4',
    ],
    [
      'NaN where the manifest forbids it',
      { rawInputContents: [floats(1), floats(Number.NaN)] },
      '/inputs/1',
      'is NaN at element 0',
    ],
    [
      'BF16',
      { inputs: [{ name: 'a', datatype: 'BF16', shape: [1] }], rawInputContents: [floats(1)] },
      '/inputs/0/datatype',
      'BF16 cannot be run here',
    ],
    [
      'a size below 0',
      { inputs: [{ name: 'a', datatype: 'FP32', shape: [-1, 1] }], rawInputContents: [floats(1)] },
      '/inputs/0/shape/0',
      '-1 is no size',
    ],
    [
      'shapes that the model cannot bring together',
      {
        inputs: [
          { name: 'a', datatype: 'FP32', shape: [1, 2] },
          { name: 'b', datatype: 'FP32', shape: [1, 3] },
        ],
        rawInputContents: [floats(1, 2), floats(1, 2, 3)],
      },
      '',
      'the model cannot run on this',
    ],
  ])('%s is refused', async (_, change, pointer, message) => {
    const asked = client.unary('ModelInfer', { ...sums([1], [1]), ...change });
    await expect(asked).rejects.toMatchObject({
      message: expect.stringContaining(message),
      ...(pointer === ''
        ? {}
        : {
            code: 'invalid_input',
            errors: expect.arrayContaining([{ pointer, detail: expect.anything() }]),
          }),
    });
  });

  test('more rows than a batch has are too large', async () => {
    const nine = Array.from({ length: 9 }, () => 1);
    const tensor = (name: string) => ({ name, datatype: 'FP32', shape: [9, 1] });
    const request = {
      inputs: [tensor('a'), tensor('b')],
      rawInputContents: [floats(...nine), floats(...nine)],
    };
    await expect(client.unary('ModelInfer', { modelName: 'sums', ...request })).rejects.toMatchObject({
      code: 'too_large',
      message: 'the request has 9 rows; this model takes at most 8 in one',
    });
  });
});

describe('batching, statistics and cache', () => {
  test('requests that wait together run together, each gets its own answer, and all of it is counted', async () => {
    const before = await inferOf('sums');
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => client.unary('ModelInfer', sums([n, 0], [0, 1]))),
    );
    for (const [n, { rawOutputContents }] of answers.entries()) {
      expect(rawOutputContents).toEqual([floats(2 * n, 2), floats(2 * n + 2)]);
    }
    const after = await inferOf('sums');
    const grown = (member: 'inferenceCount' | 'executionCount') =>
      Number(after?.[member]) - Number(before?.[member]);
    expect(grown('inferenceCount')).toBe(40);
    expect(grown('executionCount')).toBeLessThan(40);
    const sizes = after?.batchStats.map(({ batchSize }) => Number(batchSize)) ?? [];
    expect(Math.max(...sizes)).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8);
    const runs = after?.batchStats.reduce((sum, batch) => sum + Number(batch.computeInfer?.count), 0);
    expect(runs).toBe(Number(after?.executionCount));
    expect(Number(after?.inferenceStats?.success?.ns)).toBeGreaterThan(
      Number(after?.inferenceStats?.computeInfer?.ns) / 40,
    );
    await expect(client.unary('ModelInfer', { modelName: 'sums' })).rejects.toThrow('missing');
    const failed = await inferOf('sums');
    expect(Number(failed?.inferenceStats?.fail?.count)).toBe(Number(after?.inferenceStats?.fail?.count) + 1);
  });

  test('a request that the model cannot run fails alone', async () => {
    const bad = {
      ...sums([1, 2], [1, 2]),
      inputs: [
        { name: 'a', datatype: 'FP32', shape: [1, 2] },
        { name: 'b', datatype: 'FP32', shape: [1, 3] },
      ],
      rawInputContents: [floats(1, 2), floats(1, 2, 3)],
    };
    const [failed, ...good] = await Promise.allSettled([
      client.unary('ModelInfer', bad),
      ...[1, 2, 3].map((n) => client.unary('ModelInfer', sums([n], [n]))),
    ]);
    expect(failed?.status).toBe('rejected');
    expect(good.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  });

  test('where the manifest says so an equal request is answered from memory', async () => {
    const request = (text: string) => ({
      modelName: 'words',
      inputs: [
        { name: 'text', datatype: 'BYTES', shape: [1, 1], contents: { bytesContents: [Buffer.from(text)] } },
      ],
    });
    const ask = async (text: string) => {
      const { outputs } = await client.unary('ModelInfer', request(text));
      return String(outputs[0]?.contents?.bytesContents[0]);
    };
    expect([await ask('musk'), await ask('musk'), await ask('rose')]).toEqual(['musk', 'musk', 'rose']);
    const words = await inferOf('words');
    const counts = [
      words?.inferenceStats?.cacheHit?.count,
      words?.inferenceStats?.cacheMiss?.count,
      words?.executionCount,
    ];
    expect(counts).toEqual(['1', '2', '2']);
  });
});

describe('loading and unloading', () => {
  test('a model that is put in the folder is served when asked for, and taken out again', async () => {
    await expect(client.unary('RepositoryModelLoad', { modelName: 'new' })).rejects.toMatchObject({
      code: 'not_found',
    });
    cpSync(join(folder, 'sums/1'), join(folder, 'new/3'), { recursive: true });
    await client.unary('RepositoryModelLoad', { modelName: 'new' });
    const request = { ...sums([1], [1]), modelName: 'new' };
    expect((await client.unary('ModelInfer', request)).modelVersion).toBe('3');
    // Another file in its place, under load.
    cpSync(join(folder, 'sums/2/model.onnx'), join(folder, 'new/3/model.onnx'));
    const asked = Array.from({ length: 20 }, () => client.unary('ModelInfer', request));
    await client.unary('RepositoryModelLoad', { modelName: 'new' });
    await Promise.all(asked);
    expect((await client.unary('ModelInfer', request)).rawOutputContents[0]).toEqual(floats(4));
    // What is broken leaves what was served in its place.
    writeFileSync(join(folder, 'new/3/model.onnx'), 'no ONNX');
    await expect(client.unary('RepositoryModelLoad', { modelName: 'new' })).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('model new version 3 cannot be loaded'),
    });
    expect((await client.unary('ModelInfer', request)).rawOutputContents[0]).toEqual(floats(4));
    await client.unary('RepositoryModelUnload', { modelName: 'new' });
    await expect(client.unary('ModelInfer', request)).rejects.toMatchObject({ code: 'unavailable' });
    const { models } = await client.unary('RepositoryIndex', {});
    expect(models.find(({ name }) => name === 'new')).toMatchObject({
      state: 'UNAVAILABLE',
      reason: 'unloaded',
    });
  });

  test('no configuration is taken from outside', async () => {
    const parameters = { config: { stringParam: '{}' } };
    await expect(
      client.unary('RepositoryModelLoad', { modelName: 'sums', parameters }),
    ).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });
});
