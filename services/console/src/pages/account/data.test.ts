import { expect, test } from '@jest/globals';
import type { KeyJson, UsageJson } from '@sillage/contracts';
import { everyDay, stateOf } from './data.ts';

const key = { revoked_at: null, expires_at: null, replaced_by: null } as KeyJson;
const now = Date.parse('2026-11-21T12:00:00Z');

test.each([
  [{}, 'active'],
  [{ expires_at: '2026-11-21T13:00:00Z' }, 'active'],
  [{ expires_at: '2026-11-21T13:00:00Z', replaced_by: 'x' }, 'ending'],
  [{ expires_at: '2026-11-21T11:00:00Z' }, 'expired'],
  [{ expires_at: '2026-11-21T11:00:00Z', revoked_at: '2026-11-20T11:00:00Z' }, 'revoked'],
])('a key with %j is %s', (change, state) => expect(stateOf({ ...key, ...change }, now)).toBe(state));

test('days without use are there with nothing, over the end of a month', () => {
  const sums = { requests: 2, molecules: 3, errors: 1 };
  const usage: UsageJson = {
    from: '2026-10-30',
    to: '2026-11-01',
    group_by: ['day'],
    rows: [{ day: '2026-10-31', ...sums }],
    total: sums,
  };
  const none = { requests: 0, molecules: 0, errors: 0 };
  expect(everyDay(usage)).toEqual([
    { day: '2026-10-30', ...none },
    { day: '2026-10-31', ...sums },
    { day: '2026-11-01', ...none },
  ]);
});
