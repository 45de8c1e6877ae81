import { expect, test } from '@jest/globals';
import type { Answer } from '../../support/api-client.ts';
import type { GetFleet } from './index.ts';

interface Case {
  readonly path?: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code: string;
  /** The field named in errors[]. */
  readonly pointer?: string;
  /** What the error must say. */
  readonly says: RegExp;
}

const predict = '/api/v1/predict';
const generate = '/api/v1/generate';

const cases: Readonly<Record<string, Case>> = {
  'malformed JSON': { body: '{"smiles": ', status: 400, code: 'invalid_input', says: /JSON/ },
  'a wrong content type': {
    body: 'smiles=CCO',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    status: 415,
    code: 'unsupported_media_type',
    says: /application\/json/,
  },
  'a body over the limit': {
    body: { smiles: 'C'.repeat(3_000_000) },
    status: 413,
    code: 'too_large',
    says: /(MB|bytes|MiB|KiB)/,
  },
  'no smiles': { body: {}, status: 400, code: 'invalid_input', pointer: '/smiles', says: /SMILES/i },
  'an unknown property': {
    body: { smiles: 'CCO', topk: 3 },
    status: 400,
    code: 'invalid_input',
    pointer: '/topk',
    says: /topk/,
  },
  'an empty SMILES': {
    body: { smiles: '' },
    status: 400,
    code: 'invalid_input',
    pointer: '/smiles',
    says: /empty|1 to 1,?000/,
  },
  'an overlong SMILES': {
    body: { smiles: 'C'.repeat(1001) },
    status: 400,
    code: 'invalid_input',
    pointer: '/smiles',
    says: /1,?000/,
  },
  'a character outside SMILES': {
    body: { smiles: 'CC!O' },
    status: 400,
    code: 'invalid_input',
    pointer: '/smiles',
    says: /position 3/,
  },
  'an unclosed ring': {
    body: { smiles: 'C1CC' },
    status: 400,
    code: 'invalid_input',
    pointer: '/smiles',
    says: /position 2/,
  },
  'an unclosed bracket': {
    body: { smiles: 'CC[NH' },
    status: 400,
    code: 'invalid_input',
    pointer: '/smiles',
    says: /position 3/,
  },
  'an impossible valence': {
    body: { smiles: 'CC(C)(C)(C)C' },
    status: 400,
    code: 'invalid_input',
    pointer: '/smiles',
    says: /valence|bonds/i,
  },
  '257 molecules': {
    body: { smiles: Array.from({ length: 257 }, () => 'CCO') },
    status: 400,
    code: 'invalid_input',
    pointer: '/smiles',
    says: /256/,
  },
  'no molecules to make': {
    path: generate,
    body: { description: 'vanilla', num_molecules: 0 },
    status: 400,
    code: 'invalid_input',
    pointer: '/num_molecules',
    says: /1 to 1,?000/,
  },
  'a billion molecules to make': {
    path: generate,
    body: { description: 'vanilla', num_molecules: 1e9 },
    status: 400,
    code: 'invalid_input',
    pointer: '/num_molecules',
    says: /1 to 1,?000/,
  },
  'a number that is none': {
    path: generate,
    body: { description: 'vanilla', num_molecules: 'x' },
    status: 400,
    code: 'invalid_input',
    pointer: '/num_molecules',
    says: /number/,
  },
  'an unknown worker': {
    path: generate,
    body: { description: 'vanilla', worker: 'turbo' },
    status: 400,
    code: 'invalid_input',
    pointer: '/worker',
    says: /baseline/,
  },
};

function expectProblem(answer: Answer, expected: Omit<Case, 'body'>): void {
  expect(answer.headers.get('content-type')).toMatch('application/problem+json');
  expect(answer.status).toBe(expected.status);
  expect(answer.body).toMatchObject({
    type: expect.any(String),
    title: expect.any(String),
    status: expected.status,
    instance: expect.any(String),
    code: expected.code,
    requestId: expect.any(String),
  });
  if (expected.pointer !== undefined) {
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(expected.pointer);
  }
  expect(JSON.stringify([answer.body.detail, answer.body.errors])).toMatch(expected.says);
}

export function badInput(get: GetFleet): void {
  test.each(Object.entries(cases))('%s', async (_, expected) => {
    const answer = await get().api.request('POST', expected.path ?? predict, expected.body, expected.headers);
    expectProblem(answer, expected);
  });

  test('a salt and an inorganic are answered with a warning that says what would be right', async () => {
    const { body } = await get().api.post(predict, { smiles: ['CC(=O)[O-].[Na+]', 'O=[Si]=O'] });
    expect(body.predictions[0].warnings).toContainEqual(expect.objectContaining({ code: 'salt' }));
    expect(body.predictions[0].warnings[0].detail).toMatch(/CC\(=O\)/);
    expect(body.predictions[1].warnings).toContainEqual(expect.objectContaining({ code: 'inorganic' }));
  });

  test('a description that says nothing about smell is a 422 that offers what would', async () => {
    const answer = await get().api.post(generate, { description: 'the quick brown fox' });
    expectProblem(answer, {
      status: 422,
      code: 'not_understood',
      pointer: '/description',
      says: /names no odour/,
    });
    expect(answer.body.suggestions.length + answer.body.examples.length).toBeGreaterThan(0);
  });

  test('an unknown route is a 404', async () => {
    expectProblem(await get().api.get('/api/v1/nowhere'), {
      status: 404,
      code: 'not_found',
      says: /no such route/,
    });
  });

  test('a wrong method is a 405 that names the right ones', async () => {
    const answer = await get().api.get(predict);
    expectProblem(answer, { status: 405, code: 'method_not_allowed', says: /POST/ });
    expect(answer.headers.get('allow')).toMatch('POST');
  });

  test('after all of that the fleet still answers', async () => {
    expect((await get().api.post(predict, { smiles: 'CCO' })).status).toBe(200);
    expect((await get().api.get('/ready')).status).toBe(200);
  });
}
