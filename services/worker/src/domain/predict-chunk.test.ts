import { expect, test } from '@jest/globals';
import type { PredictRequest } from '@sillage/contracts';
import type { ChunkResult, Claim, InputRow, PredictJobSettings } from '@sillage/jobs';
import { predictChunk } from './predict-chunk.ts';

function claimOf(input: PredictJobSettings): Claim {
  return {
    jobId: 'job',
    index: 0,
    token: 'token',
    trace: {},
    firstRow: 7,
    rowCount: 3,
    input: undefined,
    previous: undefined,
    claims: 1,
    failures: 0,
    job: {
      id: 'job',
      tenantId: 'tenant',
      kind: 'predict',
      state: 'running',
      input,
      total: 3,
      done: 0,
      failed: 0,
      inProgress: 0,
      error: undefined,
      summary: {},
      createdAt: new Date(0),
      startedAt: undefined,
      finishedAt: undefined,
      eventSeq: 1,
      deadlineAt: undefined,
      inputReport: undefined,
      purgedAt: undefined,
      webhookUrl: undefined,
    },
  };
}

const molecules = [{ smiles: 'CCO' }, { smiles: '' }, { smiles: 'CC' }];

async function run(input: PredictJobSettings, given: { rows?: readonly InputRow[]; before?: string[] } = {}) {
  const requests: PredictRequest[] = [];
  const finished: ChunkResult[] = [];
  await predictChunk({
    predict: async (request) => {
      requests.push(request);
      const rows = (request.smiles ?? []).map((smiles) => ({
        prediction: {
          smiles,
          notes: [],
          probabilities: [],
          embedding: Buffer.of(),
          svg: '',
          warnings: [],
          similar: [],
          attribution: null,
        },
      }));
      return { model: { name: 'nose', version: '2' }, timing: null, rows };
    },
  })({
    claim: claimOf(input),
    input: async () => given.rows ?? molecules,
    previous: async () => given.before,
    onProgress: () => undefined,
    finish: async (result) => {
      finished.push(result);
      return { kind: 'written', rows: result.rows.length, state: 'running' };
    },
    molecules: async () => [],
    signal: new AbortController().signal,
  });
  return { requests, finished };
}

test('rows keep their place, and one that cannot be sent fails alone', async () => {
  const { requests, finished } = await run({ top_k: 4 });
  expect(requests).toEqual([{ smiles: ['CCO', 'CC'], topK: 4 }]);
  expect(finished[0]?.rows.map(({ isFailed }) => isFailed)).toEqual([false, true, false]);
  expect(finished[0]?.rows.map(({ line }) => JSON.parse(line).index)).toEqual([7, 8, 9]);
  expect(finished[0]?.summary).toEqual({ model: { name: 'nose', version: '2' } });
});

test('a row that could not be read fails with its line, and no model is asked about it', async () => {
  const rows = [
    { smiles: 'CCO', line: 2 },
    { smiles: ';;', line: 3, fault: 'no SMILES' },
  ];
  const { requests, finished } = await run({ top_k: 4 }, { rows });
  expect(requests).toEqual([{ smiles: ['CCO'], topK: 4 }]);
  expect(JSON.parse(finished[0]?.rows[1]?.line ?? '')).toEqual({
    index: 8,
    line: 3,
    input: ';;',
    error: { code: 'invalid_input', detail: 'no SMILES' },
  });
});

test('run again, only the rows that failed are asked about; the others stay as they were, to the letter', async () => {
  const before = ['{"index":7,"smiles":"kept"}', '{"index":8,"error":{}}', '{"index":9,"error":{}}'];
  const { requests, finished } = await run({ top_k: 4 }, { before });
  expect(requests).toEqual([{ smiles: ['CC'], topK: 4 }]);
  expect(finished[0]?.rows.map(({ isFailed }) => isFailed ?? false)).toEqual([false, true, false]);
  expect(finished[0]?.rows[0]?.line).toBe(before[0]);
});

test.each([
  ['nose', { name: 'nose', version: '' }],
  [
    { name: 'nose', version: '2' },
    { name: 'nose', version: '2' },
  ],
])('the job’s model is asked for: %j', async (model, expected) => {
  const { requests } = await run({ top_k: 4, model });
  expect(requests[0]?.model).toEqual(expected);
});
