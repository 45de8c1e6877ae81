import { createHash } from 'node:crypto';
import type { RawTensor } from '@sillage/tensors';
import { LRUCache } from 'lru-cache';

/** Bookkeeping of an entry beside its bytes, rounded up. */
const entryOverheadBytes = 500;

/** Answers of models whose manifest allows it, by everything that was asked; bounded in bytes. */
export class TensorCache {
  readonly #answers: LRUCache<string, readonly RawTensor[]> | undefined;

  /** 0 keeps nothing. */
  constructor(maxBytes: number) {
    if (maxBytes <= 0) return;
    this.#answers = new LRUCache({
      maxSize: maxBytes,
      // One answer must not push out all the others.
      maxEntrySize: Math.ceil(maxBytes / 8),
      sizeCalculation: (outputs) =>
        outputs.reduce((sum, { bytes }) => sum + bytes.byteLength, entryOverheadBytes),
    });
  }

  get(key: string): readonly RawTensor[] | undefined {
    return this.#answers?.get(key);
  }

  set(key: string, outputs: readonly RawTensor[]): void {
    this.#answers?.set(key, outputs);
  }
}

/** `generation` tells apart the files that were loaded under one name and version, so that none answers for another. */
export function cacheKey(
  model: { readonly key: string; readonly generation: number },
  inputs: readonly RawTensor[],
  outputs: readonly string[],
): string {
  const hash = createHash('sha256');
  const asked = inputs.map(({ name, shape, bytes }) => [name, shape, bytes.byteLength]);
  hash.update(JSON.stringify([model.key, model.generation, outputs, asked]));
  for (const { bytes } of inputs) hash.update(bytes);
  return hash.digest('base64');
}
