import {
  type DrawMolblocksRequest__Output,
  type DrawMolblocksResponse,
  maxPredictMolecules,
} from '@sillage/contracts';
import { invalidField, type RequestContext } from '@sillage/kit';
import { chunksOf } from '../serving/chunks.ts';
import type { Permits } from '../serving/permits.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';

/** DrawMolblocks: V2000 molblocks with 2-D coordinates. */
export async function drawMolblocks(
  { pool, permits }: { pool: ThreadPool; permits: Permits },
  { smiles }: DrawMolblocksRequest__Output,
  { signal }: RequestContext,
): Promise<DrawMolblocksResponse> {
  if (smiles.length < 1 || smiles.length > maxPredictMolecules) {
    throw invalidField('/smiles', `send 1 to ${maxPredictMolecules} molecules, not ${smiles.length}`);
  }
  const release = permits.take(smiles.length);
  try {
    const parts = await Promise.all(
      chunksOf(smiles, 16).map((chunk) => pool.run('molblocks', { smiles: chunk }, { signal })),
    );
    return { molblocks: parts.flat() };
  } finally {
    release();
  }
}
