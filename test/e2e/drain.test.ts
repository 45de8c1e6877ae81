import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestFleet, type TestFleet } from '../support/fleet.ts';

let running: TestFleet;
beforeAll(async () => {
  running = await startTestFleet('embedded');
}, 60_000);
afterAll(async () => running.stop(), 60_000);

/** Requests without a pause until `signal` aborts; every answer's status, or the way a request failed. */
async function keepAsking(signal: AbortSignal): Promise<(number | string)[]> {
  const outcomes: (number | string)[] = [];
  for (let index = 0; !signal.aborted; index += 1) {
    try {
      const { status } = await running.api.post('/api/v1/predict', {
        smiles: `CC${'C'.repeat(index % 20)}=O`,
      });
      outcomes.push(status);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      outcomes.push(String((cause as { code?: string }).code ?? cause));
    }
  }
  return outcomes;
}

test('inference told to stop under load finishes what it has, exits 0, and the fleet goes on', async () => {
  const stop = new AbortController();
  const clients = Array.from({ length: 8 }, () => keepAsking(stop.signal));
  const { inference } = running.fleet.processes;
  const code = await inference.stop(20_000);
  expect(code).toBe(0);
  stop.abort();
  const outcomes = (await Promise.all(clients)).flat();
  expect(outcomes.length).toBeGreaterThan(8);
  // In flight when it stopped: finished. After that: a clear refusal, never a broken connection.
  expect(outcomes.filter((outcome) => outcome !== 200 && outcome !== 503)).toEqual([]);
});

test('the gateway told to stop under load answers every request it took and exits 0', async () => {
  const gateway = running.fleet.processes.gateway;
  const stop = new AbortController();
  const clients = Array.from({ length: 8 }, () => keepAsking(stop.signal));
  await once(AbortSignal.timeout(300), 'abort');
  const code = await gateway.stop(20_000);
  expect(code).toBe(0);
  stop.abort();
  const outcomes = (await Promise.all(clients)).flat();
  expect(outcomes.filter((outcome) => outcome === 200).length).toBeGreaterThan(8);
  // Once it no longer listens a new connection is refused; one it had taken is never reset.
  const broken = outcomes.filter((outcome) => typeof outcome === 'string' && outcome !== 'ECONNREFUSED');
  expect(broken).toEqual([]);
});
