import { expect, test } from '@jest/globals';
import { InvalidRequestError, type PredictRow, Sillage } from '../index.ts';
import { sendJson, sendProblem, testServer } from '../testing/server.ts';

const timing = { queue_ms: 1, inference_ms: 2, total_ms: 3 };
const row = (input: string): PredictRow => ({
  input,
  smiles: input,
  primary_notes: [],
  notes: [],
  cached: false,
});

function echo(onBatch: (smiles: string[], count: number) => Promise<void> | void = () => {}) {
  return testServer(async (response, { body }, count) => {
    const { smiles } = JSON.parse(body) as { smiles: string | string[] };
    const list = [smiles].flat();
    await onBatch(list, count);
    sendJson(response, 200, { model: { name: 'm', version: '1' }, predictions: list.map(row), timing });
  });
}

const molecules = Array.from({ length: 600 }, (_, index) => `C${index}`);

test('a list of any length goes out in requests of 256 and comes back in its order', async () => {
  await using server = await echo(async (_smiles, count) => {
    // The first is the slowest.
    await new Promise((resolve) => setTimeout(resolve, count === 1 ? 50 : 0));
  });
  const client = new Sillage({ baseUrl: server.url });
  const answer = await client.predict({ smiles: molecules, top_k: 2 });
  expect(answer.predictions.map(({ input }) => input)).toEqual(molecules);
  expect(answer.timing).toEqual({ queue_ms: 3, inference_ms: 6, total_ms: 9 });
  expect(server.received.map(({ body }) => JSON.parse(body).smiles.length).sort()).toEqual([256, 256, 88]);
  expect(server.received.every(({ body }) => JSON.parse(body).top_k === 2)).toBe(true);
});

test('one SMILES is one question, so that it can be refused', async () => {
  await using server = await echo();
  const answer = await new Sillage({ baseUrl: server.url }).predict({ smiles: 'CCO' });
  expect(answer.predictions).toHaveLength(1);
  expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({ smiles: 'CCO' });
});

test('no more requests are in hand than were allowed, and no more is read than they need', async () => {
  let inHand = 0;
  let most = 0;
  let taken = 0;
  await using server = await echo(async () => {
    inHand += 1;
    most = Math.max(most, inHand);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inHand -= 1;
  });
  const endless = (async function* () {
    for (;;) {
      taken += 1;
      yield 'C';
    }
  })();
  const rows = new Sillage({ baseUrl: server.url }).predictMany(
    endless,
    {},
    { batchSize: 10, concurrency: 3 },
  );
  let count = 0;
  for await (const _row of rows) if (++count === 100) break;
  expect(most).toBeLessThanOrEqual(3);
  expect(taken).toBeLessThanOrEqual(130);
});

test('a failed request ends the others and is thrown', async () => {
  await using server = await testServer((response, { body }) => {
    if (body.includes('C300')) sendProblem(response, 400, 'invalid_input');
    // The others never answer: they end with the connection.
  });
  const call = new Sillage({ baseUrl: server.url }).predict({ smiles: molecules.slice(256) });
  await expect(call).rejects.toThrow(InvalidRequestError);
});

test.each([0, 257, 1.5])('a batch of %d is refused', async (batchSize) => {
  const client = new Sillage({ baseUrl: 'http://127.0.0.1:1' });
  await expect(client.predict({ smiles: molecules }, { batchSize })).rejects.toThrow('from 1 to 256');
});
