import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unavailable } from '@sillage/kit';
import type { ByteRange, ObjectStore } from './object-store.ts';

/** Objects as files: for one machine, or a volume that gateway and workers share. */
export class FolderStore implements ObjectStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Written beside and moved into place, so that nobody reads half an object. */
  async put(key: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(key);
    const draft = `${path}.${randomUUID()}`;
    await guarded(async () => {
      await mkdir(dirname(path), { recursive: true });
      try {
        const file = await open(draft, 'wx');
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(draft, path);
      } catch (error) {
        await unlink(draft).catch(() => {});
        throw error;
      }
    });
  }

  async get(key: string, range?: ByteRange): Promise<Buffer | undefined> {
    return guarded(async () => {
      const file = await open(this.#path(key), 'r').catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      if (!file) return undefined;
      try {
        if (!range) return await file.readFile();
        const buffer = Buffer.alloc(range.length);
        const { bytesRead } = await file.read(buffer, 0, range.length, range.start);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    });
  }

  async removeAll(prefix: string): Promise<void> {
    await guarded(() => rm(this.#path(prefix), { recursive: true, force: true }));
  }

  async check(): Promise<void> {
    await guarded(() => mkdir(this.#folder, { recursive: true }));
  }

  close(): void {}

  #path(key: string): string {
    if (key.split('/').includes('..')) throw new TypeError('a key leaves the folder');
    return join(this.#folder, key);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** A full or missing disk comes back; what was asked can be asked again. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TypeError) throw error;
    throw unavailable('the result storage', error);
  }
}
