import { expect, test } from '@jest/globals';
import { type Asker, LoadShedder, tickMs } from './load-shedder.ts';

/** A stretch of open-loop arrivals: so many a second, of these askers in turn. */
interface Stretch {
  readonly seconds: number;
  readonly perSecond: number;
  readonly askers: readonly Asker[];
}

interface Answered {
  readonly asker: Asker;
  readonly arrivedMs: number;
  readonly ms: number;
}

const servers = 2;
const serviceMs = 5;
const peak = (servers / serviceMs) * 1000;
const pro: Asker = { tenant: 'a', tier: 'pro' };

/** Two servers, each 5 ms a request (a quarter more or less), first come first served, behind the shedder. */
function simulate(stretches: readonly Stretch[]) {
  let nowMs = 0;
  const shedder = new LoadShedder({ targetMs: 10, least: 4, most: 1024, now: () => nowMs });
  const random = seeded(7);
  const freeAt = new Array<number>(servers).fill(0);
  const answered: Answered[] = [];
  const refused: { asker: Asker; atMs: number }[] = [];
  const ends: { atMs: number; run: () => void }[] = [];
  let nextTick = tickMs;
  const until = (time: number) => {
    for (;;) {
      const index = ends.reduce(
        (best, end, at) => (end.atMs < (ends[best]?.atMs ?? Infinity) ? at : best),
        0,
      );
      const end = ends[index];
      const at = Math.min(end?.atMs ?? Infinity, nextTick);
      if (at > time) break;
      nowMs = at;
      if (at === nextTick) {
        shedder.tick();
        nextTick += tickMs;
      } else if (end) {
        ends.splice(index, 1);
        end.run();
      }
    }
    nowMs = time;
  };
  let startMs = 0;
  for (const { seconds, perSecond, askers } of stretches) {
    let at = startMs;
    for (let turn = 0; ; turn += 1) {
      at -= (Math.log(1 - random()) / perSecond) * 1000;
      if (at > startMs + seconds * 1000) break;
      until(at);
      const asker = askers[turn % askers.length] ?? pro;
      const release = shedder.admit(asker, 1);
      if (typeof release === 'string') {
        refused.push({ asker, atMs: at });
        continue;
      }
      const server = freeAt.indexOf(Math.min(...freeAt));
      const begin = Math.max(at, freeAt[server] ?? 0);
      const end = begin + serviceMs * (0.75 + random() / 2);
      freeAt[server] = end;
      const arrivedMs = at;
      ends.push({
        atMs: end,
        run: () => {
          shedder.waited(begin - arrivedMs);
          release();
          answered.push({ asker, arrivedMs, ms: end - arrivedMs });
        },
      });
    }
    startMs += seconds * 1000;
    until(startMs);
  }
  return { answered, refused, shedder };
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const between = (answered: readonly Answered[], from: number, to: number) =>
  answered.filter(({ arrivedMs }) => arrivedMs >= from * 1000 && arrivedMs < to * 1000);
const p99 = (answered: readonly Answered[]) =>
  answered.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(answered.length * 0.99)] ?? 0;

test('at three times the peak nearly all of it is served, in time, and the end of it is soon forgotten', () => {
  const { answered, refused, shedder } = simulate([
    { seconds: 5, perSecond: 0.5 * peak, askers: [pro] },
    { seconds: 10, perSecond: 3 * peak, askers: [pro] },
    { seconds: 4, perSecond: 0.5 * peak, askers: [pro] },
  ]);
  const spike = between(answered, 6, 15);
  expect(spike.length / 9 / peak).toBeGreaterThan(0.95);
  expect(p99(spike)).toBeLessThan(3 * p99(between(answered, 1, 5)));
  // A second after the spike nothing is refused, and answers are as before it.
  expect(refused.filter(({ atMs }) => atMs < 5000 || atMs > 16_000)).toEqual([]);
  expect(p99(between(answered, 15.5, 19))).toBeLessThan(1.5 * p99(between(answered, 1, 5)));
  expect(shedder.brownOut).toBe('none');
});

test('higher tiers go first; lower ones have what is left', () => {
  const enterprise: Asker = { tenant: 'e', tier: 'enterprise' };
  const free: Asker = { tenant: 'f', tier: 'free' };
  const { answered, refused } = simulate([
    { seconds: 10, perSecond: 1.2 * peak, askers: [enterprise, free, free] },
  ]);
  const rate = (asker: Asker) => {
    const yes = answered.filter((one) => one.asker === asker).length;
    return yes / (yes + refused.filter((one) => one.asker === asker).length);
  };
  expect(rate(enterprise)).toBeGreaterThan(0.97);
  expect(rate(free)).toBeGreaterThan(0.4);
  expect(rate(free)).toBeLessThan(0.9);
});

test('a tenant that asks for five times its part does not take that of another', () => {
  const greedy: Asker = { tenant: 'greedy', tier: 'pro' };
  const modest: Asker = { tenant: 'modest', tier: 'pro' };
  const { answered, refused } = simulate([
    {
      seconds: 10,
      perSecond: 3 * peak,
      askers: [modest, greedy, greedy, greedy, greedy, greedy, greedy, greedy],
    },
  ]);
  const served = (asker: Asker) => answered.filter((one) => one.asker === asker).length;
  const asked = served(modest) + refused.filter((one) => one.asker === modest).length;
  expect(served(modest) / asked).toBeGreaterThan(0.9);
  expect((served(modest) + served(greedy)) / 10 / peak).toBeGreaterThan(0.93);
});

test('extras go first, then generation, then batches, and they come back one after another', () => {
  let nowMs = 0;
  const shedder = new LoadShedder({ targetMs: 10, least: 4, most: 4, now: () => nowMs });
  const seen: string[] = [];
  const pass = (ticks: number, isHot: boolean) => {
    for (let tick = 0; tick < ticks; tick += 1) {
      nowMs += tickMs;
      if (isHot) {
        const held = Array.from({ length: 6 }, () => shedder.admit(pro, 1));
        for (const release of held) if (typeof release !== 'string') release();
      }
      shedder.tick();
      if (seen.at(-1) !== shedder.brownOut) seen.push(shedder.brownOut);
    }
  };
  pass(60, true);
  expect(seen).toEqual(['none', 'extras', 'generation', 'batch']);
  expect(shedder.isOff('extras') && shedder.isOff('batch')).toBe(true);
  pass(15, false);
  expect(seen).toEqual(['none', 'extras', 'generation', 'batch', 'generation', 'extras', 'none']);
  expect(shedder.isOff('extras')).toBe(false);
});

test('one that is alone goes whatever it costs; released twice it is counted once', () => {
  const shedder = new LoadShedder({ targetMs: 10, least: 4, most: 8, now: () => 0 });
  const release = shedder.admit(pro, 50);
  expect(shedder.admit(pro, 1)).toBe('capacity');
  if (typeof release === 'string') throw new Error(release);
  release();
  release();
  expect(shedder.inFlight).toBe(0);
});

test('a server behind us that is full cuts the limit like a delay', () => {
  const shedder = new LoadShedder({ targetMs: 10, least: 4, most: 1024, now: () => 0 });
  const before = shedder.limit;
  for (let count = 0; count < 32; count += 1) shedder.admit(pro, 1);
  const fill = () => {
    shedder.pushedBack();
    shedder.tick();
  };
  for (let tick = 0; tick < 4; tick += 1) fill();
  // A hiccup is none.
  expect(shedder.limit).toBe(before);
  fill();
  expect(shedder.limit).toBeLessThan(before);
});
