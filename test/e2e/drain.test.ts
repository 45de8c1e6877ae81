import { Agent, request } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startTestFleet, type TestFleet } from '../support/fleet.ts';

let running: TestFleet;
beforeEach(async () => {
  running = await startTestFleet('embedded');
}, 60_000);
afterEach(async () => running.stop(), 60_000);

const clients = 8;

/** What became of every request: its status, or the way it failed. */
type Outcome = number | string;

/**
 * Eight clients, each on one kept connection, that ask without a pause until they are ended or told that their
 * connection closes; resolves once each has had an answer, so that what follows happens under load.
 */
async function startLoad(): Promise<{ end: () => Promise<Outcome[]> }> {
  const ending = new AbortController();
  const outcomes: Outcome[] = [];
  const busy = Array.from({ length: clients }, () => Promise.withResolvers<void>());
  const asking = busy.map(async ({ resolve }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let index = 0; !ending.signal.aborted; index += 1) {
      const { outcome, isLast } = await ask(agent, `CC${'C'.repeat(index % 20)}=O`);
      outcomes.push(outcome);
      resolve();
      if (isLast) break;
    }
    agent.destroy();
  });
  await Promise.all(busy.map(({ promise }) => promise));
  return {
    end: async () => {
      ending.abort();
      await Promise.all(asking);
      return outcomes;
    },
  };
}

function ask(agent: Agent, smiles: string): Promise<{ outcome: Outcome; isLast: boolean }> {
  const { promise, resolve } = Promise.withResolvers<{ outcome: Outcome; isLast: boolean }>();
  const fail = (error: NodeJS.ErrnoException) =>
    resolve({ outcome: error.code ?? error.message, isLast: true });
  const headers = { 'X-API-Key': running.key, 'Content-Type': 'application/json' };
  request(`${running.api.url}/api/v1/predict`, { method: 'POST', agent, headers })
    .on('error', fail)
    .on('response', (answer) => {
      answer.resume().on('error', fail);
      answer.on('end', () => {
        resolve({ outcome: answer.statusCode ?? 0, isLast: answer.headers.connection === 'close' });
      });
    })
    .end(JSON.stringify({ smiles }));
  return promise;
}

test('inference told to stop under load finishes what it has and exits 0', async () => {
  const load = await startLoad();
  expect(await running.fleet.processes.inference.stop(20_000)).toBe(0);
  const outcomes = await load.end();
  expect(outcomes.filter((outcome) => outcome === 200).length).toBeGreaterThanOrEqual(clients);
  // In flight when it stopped: finished. After that: a clear refusal, never a broken connection.
  expect(outcomes.filter((outcome) => outcome !== 200 && outcome !== 503)).toEqual([]);
}, 60_000);

test('the gateway told to stop under load answers every request on the connections it took and exits 0', async () => {
  const load = await startLoad();
  expect(await running.fleet.processes.gateway.stop(20_000)).toBe(0);
  const outcomes = await load.end();
  expect(outcomes.length).toBeGreaterThan(clients);
  expect(outcomes.filter((outcome) => outcome !== 200)).toEqual([]);
}, 60_000);
