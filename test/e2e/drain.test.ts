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
 * Eight clients that ask without a pause, until they are ended; resolves once each has had an answer or more, so that
 * what follows happens under load.
 */
async function startLoad(): Promise<{ end: () => Promise<Outcome[]> }> {
  const ending = new AbortController();
  const outcomes: Outcome[] = [];
  const busy = Array.from({ length: clients }, () => Promise.withResolvers<void>());
  const asking = busy.map(async ({ resolve }) => {
    for (let index = 0; !ending.signal.aborted; index += 1) {
      outcomes.push(await ask(`CC${'C'.repeat(index % 20)}=O`));
      resolve();
    }
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

async function ask(smiles: string): Promise<Outcome> {
  try {
    return (await running.api.post('/api/v1/predict', { smiles })).status;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return String((cause as { code?: string }).code ?? cause);
  }
}

test('inference told to stop under load finishes what it has and exits 0', async () => {
  const load = await startLoad();
  expect(await running.fleet.processes.inference.stop(20_000)).toBe(0);
  const outcomes = await load.end();
  expect(outcomes.filter((outcome) => outcome === 200).length).toBeGreaterThanOrEqual(clients);
  // In flight when it stopped: finished. After that: a clear refusal, never a broken connection.
  expect(outcomes.filter((outcome) => outcome !== 200 && outcome !== 503)).toEqual([]);
}, 60_000);

test('the gateway told to stop under load answers every request it took and exits 0', async () => {
  const load = await startLoad();
  expect(await running.fleet.processes.gateway.stop(20_000)).toBe(0);
  const outcomes = await load.end();
  expect(outcomes.filter((outcome) => outcome === 200).length).toBeGreaterThanOrEqual(clients);
  // Once it no longer listens a new connection is refused; one it had taken is never reset.
  const broken = outcomes.filter((outcome) => typeof outcome === 'string' && outcome !== 'ECONNREFUSED');
  expect(broken).toEqual([]);
}, 60_000);
