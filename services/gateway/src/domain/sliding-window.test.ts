import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type SlotCount, slotsPerWindow, take } from './sliding-window.ts';

const windowMs = 60_000;
const slotMs = windowMs / slotsPerWindow;

/** Gaps between requests, milliseconds: bursts, steady use and long pauses. */
const gaps = fc.array(
  fc.oneof(fc.constant(0), fc.integer({ max: 50 }), fc.integer({ max: 5000 }), fc.integer({ max: 130_000 })),
  { maxLength: 300 },
);
const limits = fc.integer({ min: 1, max: 20 });
const starts = fc.integer({ min: 0, max: 2 ** 42 });

/** Sends a request after each gap; when those that passed came. */
function passed(start: number, gapsMs: readonly number[], limit: number, onDenied?: Denied): number[] {
  let counts: readonly SlotCount[] = [];
  let now = start;
  const times: number[] = [];
  for (const gap of gapsMs) {
    now += Math.abs(gap);
    const taken = take(counts, { limit, windowMs, wanted: 1 }, now);
    counts = taken.counts;
    if (taken.grant.granted === 1) times.push(now);
    else onDenied?.(now, times, counts, taken.grant.resetMs);
  }
  return times;
}
type Denied = (now: number, times: readonly number[], counts: readonly SlotCount[], resetMs: number) => void;

test('never more than the limit passes in any window, wherever it begins', () => {
  fc.assert(
    fc.property(starts, gaps, limits, (start, gapsMs, limit) => {
      const times = passed(start, gapsMs, limit);
      for (const [index, time] of times.entries()) {
        const next = times[index + limit];
        // A window is open at its start: the request limit places later comes windowMs later or more.
        if (next !== undefined) expect(next - time).toBeGreaterThanOrEqual(windowMs);
      }
    }),
  );
});

test('nobody is denied who sent fewer than the limit in the last window and one slot', () => {
  fc.assert(
    fc.property(starts, gaps, limits, (start, gapsMs, limit) => {
      passed(start, gapsMs, limit, (now, times) => {
        expect(times.filter((time) => time > now - windowMs - slotMs).length).toBeGreaterThanOrEqual(limit);
      });
    }),
  );
});

test('one more fits at the time that was told, and not a millisecond earlier', () => {
  fc.assert(
    fc.property(starts, gaps, limits, (start, gapsMs, limit) => {
      passed(start, gapsMs, limit, (now, _, counts, resetMs) => {
        const ask = { limit, windowMs, wanted: 1 };
        expect(take(counts, ask, now + resetMs).grant.granted).toBe(1);
        expect(take(counts, ask, now + resetMs - 1).grant.granted).toBe(0);
      });
    }),
  );
});

test('many at once get what they would get one after the other', () => {
  fc.assert(
    fc.property(starts, fc.array(fc.nat({ max: 5 })), limits, (start, wishes, limit) => {
      let together: readonly SlotCount[] = [];
      let single: readonly SlotCount[] = [];
      for (const [index, wanted] of wishes.entries()) {
        const now = start + index * 700;
        const taken = take(together, { limit, windowMs, wanted }, now);
        let granted = 0;
        for (let one = 0; one < wanted; one += 1) {
          const step = take(single, { limit, windowMs, wanted: 1 }, now);
          single = step.counts;
          granted += step.grant.granted;
        }
        together = taken.counts;
        expect(taken.grant.granted).toBe(granted);
        if (wanted > 0) expect(together).toEqual(single);
      }
    }),
  );
});

test('looking consumes nothing; a limit that was lowered grants nothing until enough has left', () => {
  const look = { limit: 10, windowMs, wanted: 0 };
  expect(take([], look, 0)).toEqual({ grant: { granted: 0, used: 0, resetMs: 0, slot: 0 }, counts: [] });
  const counts = [
    { slot: 0, count: 6 },
    { slot: 10, count: 4 },
  ];
  const { grant } = take(counts, { limit: 3, windowMs, wanted: 1 }, 20_000);
  // Ten are counted and two may be: both slots must leave.
  expect(grant).toMatchObject({ granted: 0, used: 10, resetMs: 71_000 - 20_000 });
});
