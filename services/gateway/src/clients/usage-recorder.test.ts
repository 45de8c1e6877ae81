import { expect, test } from '@jest/globals';
import { createLog } from '@sillage/kit';
import { type UsageBatch, UsageRecorder } from './usage-recorder.ts';

const { log } = await createLog({ service: 'gateway', level: 'silent' });
const use = { tenantId: 't', keyId: 'k', endpoint: '/api/v1/predict', molecules: 3, isError: false };

function recorder() {
  const state = { isAway: false, now: Date.parse('2030-01-01T23:59:59Z'), sent: [] as UsageBatch[] };
  const usage = new UsageRecorder({
    write: async (batch) => {
      state.sent.push(batch);
      if (state.isAway) throw new Error('away');
    },
    log,
    now: () => state.now,
  });
  return { state, usage };
}

test('sums by credential, endpoint and day; closing writes what is left', async () => {
  const { state, usage } = recorder();
  usage.record(use);
  usage.record({ ...use, molecules: 0, isError: true });
  usage.record({ ...use, keyId: 'other' });
  state.now = Date.parse('2030-01-02T00:00:00Z');
  usage.record(use);
  await usage.close();
  const sum = { tenantId: 't', keyId: 'k', endpoint: '/api/v1/predict' };
  expect(state.sent.map(({ rows }) => rows)).toEqual([
    [
      { ...sum, day: '2030-01-01', requests: 2, molecules: 3, errors: 1 },
      { ...sum, keyId: 'other', day: '2030-01-01', requests: 1, molecules: 3, errors: 0 },
      { ...sum, day: '2030-01-02', requests: 1, molecules: 3, errors: 0 },
    ],
  ]);
});

test('a batch that was not answered is sent again as it was, and what came since follows it', async () => {
  const { state, usage } = recorder();
  state.isAway = true;
  usage.record(use);
  await usage.flush();
  usage.record(use);
  usage.record(use);
  await usage.flush();
  state.isAway = false;
  await usage.close();
  const [first, again, last, none] = state.sent.slice(-3);
  expect(none).toBeUndefined();
  expect(again?.batchId).toBe(first?.batchId);
  expect(again?.rows).toEqual(first?.rows);
  expect(last?.batchId).not.toBe(first?.batchId);
  expect(last?.rows).toMatchObject([{ requests: 2, molecules: 6 }]);
});
