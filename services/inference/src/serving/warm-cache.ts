import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Log, reasonOf } from '@sillage/kit';
import type { RowCache } from '../cache/open-cache.ts';
import { chunksOf } from './chunks.ts';
import type { Predictor } from './predictor.ts';

/** Known odorants that are likely to be asked for: one SMILES a line, then a tab and the name. */
const listFile = join(import.meta.dirname, '../../data/common-odorants.tsv');
/** Molecules at once: few, for whoever asks at this moment goes first. */
const chunkSize = 8;

/**
 * Fills the memory of a server that has just started: with the rows that were asked for most, as the slower tiers kept
 * them, and with common odorants. For the background; what fails is left out.
 */
export async function warmCache(parts: {
  readonly cache: RowCache;
  readonly predictor: Predictor;
  /** Rows brought from the slower tiers. */
  readonly limit: number;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { cache, predictor, limit, log, signal } = parts;
  try {
    const started = performance.now();
    const kept = await cache.warm(limit, signal);
    const lines = (await readFile(listFile, 'utf8')).split('\n');
    const smiles = lines.flatMap((line) =>
      line === '' || line.startsWith('#') ? [] : [line.split('\t', 1)[0] ?? ''],
    );
    for (const chunk of chunksOf(smiles, chunkSize)) {
      const deadlineMs = Date.now() + 30_000;
      const input = { smiles: chunk, topK: 1, include: {}, model: { name: '', version: '' } };
      await predictor.predict(input, { signal, deadlineMs, requestId: 'warm-up' });
    }
    log.info(
      { kept, common: smiles.length, ms: Math.round(performance.now() - started) },
      'the cache is warm',
    );
  } catch (error) {
    if (!signal.aborted) log.warn({ reason: reasonOf(error) }, 'the cache was not warmed to the end');
  }
}
