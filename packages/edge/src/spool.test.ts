import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { Spool, type SpoolOptions } from './spool.ts';

const folder = mkdtempSync(join(tmpdir(), 'sillage-spool-'));
const open: Spool[] = [];
let files = 0;
afterEach(() => {
  for (const spool of open.splice(0)) spool.close();
  rmSync(folder, { recursive: true, force: true });
});

function spoolAt(path: string, options: Partial<SpoolOptions> = {}): Spool {
  const spool = new Spool({ path, maxBytes: 1_000_000, full: 'oldest', ...options });
  open.push(spool);
  return spool;
}
const newPath = () => {
  files += 1;
  return join(folder, `${files}.db`);
};
const bodies = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) =>
    JSON.stringify({ n: String(from + index).padStart(4, '0') }),
  );
const limits = { readings: 3, bytes: 1e6 };
const numbers = (readings: readonly string[] = []) => readings.map((text) => Number(JSON.parse(text).n));
function reopen(spool: Spool, path: string, options: Partial<SpoolOptions> = {}): Spool {
  open.splice(open.indexOf(spool), 1);
  spool.close();
  return spoolAt(path, options);
}

test('messages hold what came, in order, and the same under the same number after a restart', () => {
  const path = newPath();
  let spool = spoolAt(path);
  spool.append(bodies(0, 5), 1);
  expect(numbers(spool.seal(limits)?.readings)).toEqual([0, 1, 2]);
  const { session } = spool;
  spool = reopen(spool, path);
  spool.append(bodies(5, 8), 2);
  expect(spool.session).toBe(session);
  expect(numbers(spool.message(1)?.readings)).toEqual([0, 1, 2]);
  expect(spool.seal(limits)).toMatchObject({ seq: 2 });
  expect(numbers(spool.message(2)?.readings)).toEqual([3, 4, 5]);
  expect(spool.unsealed).toBe(2);
  expect(spool.settle(1)).toBe(3);
  expect(spool.settle(1)).toBe(0);
  expect(spool.counts()).toMatchObject({ readings: 5, oldestMs: 1 });
  expect(spool.settle(2)).toBe(3);
  expect(numbers(spool.seal(limits)?.readings)).toEqual([6, 7]);
  spool.settle(3);
  expect(spool.counts()).toEqual({ readings: 0, bytes: 0, oldestMs: undefined, refused: 0 });
  expect(spool.seal(limits)).toBeUndefined();
  spool.append(bodies(8, 9), 3);
  expect(spool.seal(limits)).toMatchObject({ seq: 4 });
});

test('a message is bounded in bytes, but holds one reading at least', () => {
  const spool = spoolAt(':memory:');
  spool.append(bodies(0, 4), 1);
  expect(spool.seal({ readings: 10, bytes: 30 })?.readings).toHaveLength(2);
  expect(spool.seal({ readings: 10, bytes: 1 })?.readings).toHaveLength(1);
});

test('what the fleet settled unheard goes; what it does not know is sent under a new session', () => {
  const spool = spoolAt(':memory:');
  spool.append(bodies(0, 9), 1);
  for (let count = 0; count < 3; count += 1) spool.seal(limits);
  expect(spool.reconcile(2)).toBe(6);
  expect(numbers(spool.message(3)?.readings)).toEqual([6, 7, 8]);
  expect(spool.reconcile(2)).toBe(0);
  const { session } = spool;
  // The fleet's database is an older copy: it would take no number but 1.
  expect(spool.reconcile(0)).toBe('begins_anew');
  expect(spool.session).not.toBe(session);
  expect(spool.seal(limits)).toMatchObject({ seq: 1 });
  expect(numbers(spool.message(1)?.readings)).toEqual([6, 7, 8]);
  // Ours is: numbers beyond what was ever sealed here.
  expect(spool.reconcile(9)).toBe('begins_anew');
  expect(spool.unsealed).toBe(3);
});

test('full, the oldest go or nothing more is taken, as it is told; what is in a message stays', () => {
  const each = Buffer.byteLength(bodies(0, 1)[0] ?? '') + 64;
  const oldest = spoolAt(':memory:', { maxBytes: 5 * each });
  oldest.append(bodies(0, 4), 1);
  oldest.seal({ readings: 2, bytes: 1e6 });
  expect(oldest.append(bodies(4, 8), 1)).toBe(3);
  expect(numbers(oldest.message(1)?.readings)).toEqual([0, 1]);
  expect(numbers(oldest.seal({ readings: 9, bytes: 1e6 })?.readings)).toEqual([5, 6, 7]);
  // All of it is promised: the new ones have to go.
  expect(oldest.append(bodies(8, 10), 1)).toBe(2);
  expect(oldest.hasRoomFor(bodies(8, 9))).toBe(false);

  const newest = spoolAt(':memory:', { maxBytes: 5 * each, full: 'newest' });
  expect(newest.append(bodies(0, 8), 1)).toBe(3);
  expect(numbers(newest.seal({ readings: 9, bytes: 1e6 })?.readings)).toEqual([0, 1, 2, 3, 4]);
  expect(newest.settle(1)).toBe(5);
  expect(newest.hasRoomFor(bodies(0, 5))).toBe(true);
});

test('refused readings are kept aside with the reason, and sending goes on', () => {
  const spool = spoolAt(':memory:');
  spool.append(bodies(0, 5), 1);
  spool.seal(limits);
  spool.seal(limits);
  expect(spool.refuse(1, 'no such channel', 9)).toBe(3);
  expect([...spool.refused()].map(({ reason, reading }) => [reason, ...numbers([reading])])).toEqual([
    ['no such channel', 0],
    ['no such channel', 1],
    ['no such channel', 2],
  ]);
  expect(spool.counts()).toMatchObject({ readings: 2, refused: 3 });
});

test('where a source stood is kept with its readings', () => {
  const path = newPath();
  let spool = spoolAt(path);
  spool.append(bodies(0, 2), 1, { source: 'file', value: '17' });
  spool = reopen(spool, path);
  expect(spool.position('file')).toBe('17');
});

test('one file serves one agent; a damaged one is put beside', () => {
  const path = newPath();
  const spool = spoolAt(path);
  spool.append(bodies(0, 1), 1);
  expect(() => spoolAt(path)).toThrow('another agent works with the spool');
  const damaged = newPath();
  writeFileSync(damaged, 'this is no database, but as long as a header of one would be; '.repeat(40));
  const anew = spoolAt(damaged);
  anew.append(bodies(0, 1), 1);
  expect(anew.counts().readings).toBe(1);
  expect(readdirSync(folder).filter((name) => name.includes('damaged')).length).toBeGreaterThan(0);
});
