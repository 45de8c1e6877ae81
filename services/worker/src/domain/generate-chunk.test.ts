import { expect, test } from '@jest/globals';
import type { GenerateRequest, GenerateResponse__Output } from '@sillage/contracts';
import type { ChunkResult, Claim, FinishOutcome } from '@sillage/jobs';
import { generateChunk } from './generate-chunk.ts';

const claim: Claim = {
  jobId: 'job',
  index: 1,
  token: 'token',
  trace: {},
  firstRow: 3,
  rowCount: 3,
  input: undefined,
  previous: undefined,
  claims: 1,
  failures: 0,
  job: {
    id: 'job',
    tenantId: 'tenant',
    kind: 'generate',
    state: 'running',
    input: { description: 'vanilla', num_molecules: 6, seed: 7 },
    total: 6,
    done: 3,
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

/** Runs the chunk against a pool from which each call draws in order; `outcomes` answers the attempts to finish. */
async function run(
  pool: readonly string[],
  outcomes: FinishOutcome[],
  known: string[][] = [],
  { score = true } = {},
) {
  const requests: GenerateRequest[] = [];
  const finished: ChunkResult[] = [];
  const done = await generateChunk({
    generate: async function* (request) {
      requests.push(request);
      const left = pool.filter((smiles) => !request.excludeSmiles?.includes(smiles));
      const drawn = left.slice(0, request.numMolecules);
      if (request.unscored) yield candidates(drawn);
      else for (const smiles of drawn) yield found(smiles);
    },
  })({
    claim: { ...claim, job: { ...claim.job, input: { ...claim.job.input, score } } as Claim['job'] },
    input: async () => [],
    previous: async () => undefined,
    onProgress: () => {},
    finish: async (result) => {
      finished.push(result);
      return outcomes.shift() ?? { kind: 'written', rows: result.rows.length, state: 'running' };
    },
    molecules: async () => known.shift() ?? [],
    signal: new AbortController().signal,
  });
  const rows = finished.at(-1)?.rows.map((row) => row.canonical);
  return { done, requests, finished, rows };
}

function candidates(smiles: string[]): GenerateResponse__Output {
  const novel = smiles.map(() => true);
  return { started: null, progress: null, finished: null, molecule: null, candidates: { smiles, novel } };
}

function found(smiles: string): GenerateResponse__Output {
  return {
    started: null,
    progress: null,
    finished: null,
    candidates: null,
    molecule: {
      smiles,
      valid: true,
      novel: true,
      match: 0.5,
      notes: [],
      probabilities: [],
      molecularWeight: 100,
      safetyScore: 1,
      safetyFlags: [],
    },
  };
}

test('one call is enough where the generator has enough; it leaves out what the job has returned', async () => {
  const { rows, requests } = await run(['C', 'CC', 'CCC', 'CCCC'], [], [['C']]);
  expect(rows).toEqual(['CC', 'CCC', 'CCCC']);
  expect(requests).toMatchObject([{ numMolecules: 3, excludeSmiles: ['C'] }]);
});

test('without scores the rows are candidates', async () => {
  const { rows, finished, requests } = await run(['C', 'CC', 'CCC', 'CCCC'], [], [['C']], { score: false });
  expect(rows).toEqual(['CC', 'CCC', 'CCCC']);
  expect(requests).toMatchObject([{ unscored: true }]);
  expect(JSON.parse(finished[0]?.rows[0]?.line ?? '')).toEqual({ smiles: 'CC', valid: true, novel: true });
});

test('what another chunk returned first is replaced, asked for with another seed', async () => {
  const taken: FinishOutcome = { kind: 'taken', canonical: ['CC'] };
  const { rows, requests, done } = await run(['C', 'CC', 'CCC', 'CCCC'], [taken], [[], ['CC']]);
  expect(rows).toEqual(['C', 'CCC', 'CCCC']);
  expect(requests.map((request) => request.numMolecules)).toEqual([3, 1]);
  expect(requests[0]?.seed).not.toBe(requests[1]?.seed);
  expect(done).toEqual({ rows: 3, outcome: 'written' });
});

test('a generator that runs dry is asked four times, then the chunk says why it is short', async () => {
  const { rows, requests, finished } = await run(['C', 'CC'], []);
  expect(rows).toEqual(['C', 'CC']);
  expect(requests).toHaveLength(4);
  expect(finished).toHaveLength(1);
  expect(finished[0]?.acceptFewer).toContain('4 runs');
});
