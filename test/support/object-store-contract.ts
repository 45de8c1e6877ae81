import { expect, test } from '@jest/globals';
import type { ObjectStore } from '@sillage/jobs';

/** What every object store must hold. */
export function describeObjectStore(get: () => ObjectStore): void {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256));

  test('an object is read as it was written, whole and in ranges; the same key overwrites', async () => {
    const store = get();
    await store.check();
    await store.put('jobs/a/rows/0', bytes);
    expect((await store.get('jobs/a/rows/0'))?.equals(bytes)).toBe(true);
    expect(
      (await store.get('jobs/a/rows/0', { start: 100, length: 20 }))?.equals(bytes.subarray(100, 120)),
    ).toBe(true);
    await store.put('jobs/a/rows/0', bytes.subarray(1));
    expect((await store.get('jobs/a/rows/0'))?.equals(bytes.subarray(1))).toBe(true);
    await store.put('jobs/a/empty', Buffer.alloc(0));
    expect(await store.get('jobs/a/empty')).toHaveLength(0);
    expect(await store.get('jobs/a/none')).toBeUndefined();
  });

  test('what is removed by its prefix has gone, and nothing else has', async () => {
    const store = get();
    for (const key of ['jobs/b/1', 'jobs/b/deep/2', 'jobs/bb/3']) await store.put(key, bytes);
    await store.removeAll('jobs/b/');
    expect(await store.get('jobs/b/1')).toBeUndefined();
    expect(await store.get('jobs/b/deep/2')).toBeUndefined();
    expect(await store.get('jobs/bb/3')).toBeDefined();
    await store.removeAll('jobs/b/');
  });
}
