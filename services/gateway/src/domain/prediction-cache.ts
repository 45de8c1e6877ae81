import type { ModelRefJson, PredictRequestBody, PredictRowJson, RowErrorJson } from '@sillage/contracts';
import { LRUCache } from 'lru-cache';

/** A row ready to be sent: JSON text, and what failed where it did. */
export interface ReadyRow {
  readonly text: string;
  readonly error: RowErrorJson | undefined;
}

export interface RowQuestion {
  readonly model: ModelRefJson;
  readonly topK: number;
  /** The extras asked for, in one fixed order. */
  readonly include: string;
}

/** `include` of a question: what was asked for, with the options that change it and no others. */
export function questionExtras(
  { similar_k, attribution_note }: PredictRequestBody,
  include: PredictRequestBody['include'],
): string {
  return include
    .map((name) => {
      if (name === 'similar' && similar_k) return `similar:${similar_k}`;
      // JSON, so that no note can look like something else.
      if (name === 'attribution' && attribution_note)
        return `attribution:${JSON.stringify(attribution_note)}`;
      return name;
    })
    .join();
}

/** Bookkeeping of one entry beside its texts, bytes (measured over 100,000 entries, rounded up). */
const entryOverheadBytes = 250;

/** Rows by what was asked, ready to be sent again; bounded in bytes and age. */
export class PredictionCache {
  readonly #rows: LRUCache<string, ReadyRow> | undefined;

  /** No bytes at all: nothing is kept. */
  constructor(options: { maxBytes: number; ttlMs: number }) {
    if (options.maxBytes <= 0) return;
    this.#rows = new LRUCache({
      maxSize: options.maxBytes,
      // A row with its drawing is some 20 kB; nothing larger is worth the place of many.
      maxEntrySize: Math.min(options.maxBytes, 256 * 1024),
      ttl: options.ttlMs,
      ttlResolution: 1000,
      sizeCalculation: (row, key) => key.length + row.text.length + entryOverheadBytes,
    });
  }

  get(question: RowQuestion, smiles: string): ReadyRow | undefined {
    return this.#rows?.get(keyOf(question, smiles));
  }

  /** Keeps a row that says the same each time; a failure that may pass is not kept. */
  set(question: RowQuestion, smiles: string, row: ReadyRow): void {
    if (row.error && row.error.code !== 'invalid_input') return;
    this.#rows?.set(keyOf(question, smiles), { text: markCached(row.text), error: row.error });
  }
}

export function readyRow(row: PredictRowJson): ReadyRow {
  return { text: JSON.stringify(row), error: 'error' in row ? row.error : undefined };
}

const fresh = '"cached":false}';
const cached = '"cached":true}';

/** The same row with `cached` true; the presenter writes that member last. */
function markCached(text: string): string {
  return text.endsWith(fresh) ? text.slice(0, -fresh.length) + cached : text;
}

function keyOf({ model, topK, include }: RowQuestion, smiles: string): string {
  return `${model.name}@${model.version} ${topK} ${include} ${smiles}`;
}
