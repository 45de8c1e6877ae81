import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { DiskStore } from './disk-store.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sillage-cache-'));
  folders.push(folder);
  return folder;
}

const open = (folder: string, changes: { maxBytes?: number; ttlMs?: number } = {}) =>
  new DiskStore({ folder, maxBytes: 8e6, ttlMs: 60_000, ...changes });
const bytes = (value: number, length = 1700) => new Uint8Array(length).fill(value);
const text = (value: Uint8Array | undefined) => value?.at(-1);

test('what was written is there after the next start, with how often it was asked for', () => {
  const folder = newFolder();
  const first = open(folder);
  first.set([
    { key: 'a', value: bytes(1) },
    { key: 'b', value: bytes(2) },
  ]);
  first.count(
    new Map([
      ['b', 3],
      ['nobody', 9],
    ]),
  );
  first.close();
  const second = open(folder);
  expect(second.get(['b', 'c', 'a']).map(text)).toEqual([2, undefined, 1]);
  expect(second.mostAsked(1)).toEqual(['b']);
  second.set([{ key: 'a', value: bytes(3) }]);
  expect(second.get(['a']).map(text)).toEqual([3]);
  second.close();
});

test('an entry ends with its time', () => {
  const folder = newFolder();
  const store = open(folder);
  store.set([{ key: 'a', value: bytes(1) }]);
  store.close();
  const later = open(folder, { ttlMs: -1 });
  expect(later.get(['a'])).toEqual([undefined]);
  later.clean();
  expect(later.mostAsked(10)).toEqual([]);
  later.close();
});

test('the file keeps its bound: what was not used for longest makes room', () => {
  const folder = newFolder();
  const maxBytes = 1_000_000;
  const store = open(folder, { maxBytes });
  for (let round = 0; round < 40; round += 1) {
    store.set(Array.from({ length: 64 }, (_, n) => ({ key: `${round}/${n}`, value: bytes(round) })));
  }
  store.clean();
  expect(store.get(['39/63']).map(text)).toEqual([39]);
  expect(store.get(['0/0'])).toEqual([undefined]);
  store.close();
  for (const file of readdirSync(folder))
    expect(statSync(join(folder, file)).size).toBeLessThanOrEqual(maxBytes);
});

test.each([
  [
    'no database',
    (file: string) => writeFileSync(file, 'this is no database, and long enough to be read as one'),
  ],
  ['broken in the middle', (file: string) => writeFileSync(file, bytes(0xff, 60_000), { flag: 'r+' })],
])('a file that is %s is dropped, and a new one is written', (_, damage) => {
  const folder = newFolder();
  const store = open(folder);
  store.set(Array.from({ length: 200 }, (_, n) => ({ key: `${n}`, value: bytes(n) })));
  store.close();
  damage(join(folder, 'predictions.sqlite'));
  const next = open(folder);
  expect(next.get(['7'])).toEqual([undefined]);
  next.set([{ key: '7', value: bytes(7) }]);
  expect(next.get(['7']).map(text)).toEqual([7]);
  next.close();
});

test('a folder that cannot be is an error, and no more than that: it works once it can be', () => {
  const folder = join(newFolder(), 'cache');
  writeFileSync(folder, 'a file in the way');
  const store = open(folder);
  expect(() => store.get(['a'])).toThrow();
  expect(() => store.set([{ key: 'a', value: bytes(1) }])).toThrow();
  rmSync(folder);
  store.set([{ key: 'a', value: bytes(1) }]);
  expect(store.get(['a']).map(text)).toEqual([1]);
  store.close();
});

test('killed while it writes, it has whole entries and goes on', async () => {
  const folder = newFolder();
  const script = `
    const { DiskStore } = await import(${JSON.stringify(join(import.meta.dirname, 'disk-store.ts'))});
    const store = new DiskStore({ folder: ${JSON.stringify(folder)}, maxBytes: 8e6, ttlMs: 60000 });
    for (let round = 0; ; round += 1) {
      const value = new Uint8Array(1700).fill(round % 256);
      store.set(Array.from({ length: 16 }, (_, n) => ({ key: 'k' + n, value })));
      if (round === 20) console.log('writing');
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const store = open(folder);
  const rows = store.get(Array.from({ length: 16 }, (_, n) => `k${n}`));
  // One transaction wrote all sixteen: either they are of one round, or the kill came between two.
  expect(new Set(rows.map(text)).size).toBe(1);
  for (const row of rows) expect(new Set(row).size).toBe(1);
  store.set([{ key: 'k0', value: bytes(1) }]);
  store.close();
});
