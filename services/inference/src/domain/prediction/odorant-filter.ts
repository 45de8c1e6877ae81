import type { KnownOdorant } from './known-odorants.ts';

/** Which known odorants are meant; all conditions hold together, and an empty list is no condition. */
export interface OdorantFilter {
  /** At least one of these. */
  readonly anyNote?: readonly string[];
  readonly everyNote?: readonly string[];
  /** None of these. */
  readonly noNote?: readonly string[];
  /** In at least one of these collections. */
  readonly sources?: readonly string[];
  readonly namedOnly?: boolean;
}

export function passes({ notes, sources, name }: KnownOdorant, filter: OdorantFilter): boolean {
  const { anyNote = [], everyNote = [], noNote = [], sources: wanted = [], namedOnly = false } = filter;
  return (
    (anyNote.length === 0 || anyNote.some((note) => notes.includes(note))) &&
    everyNote.every((note) => notes.includes(note)) &&
    !noNote.some((note) => notes.includes(note)) &&
    (wanted.length === 0 || wanted.some((source) => sources.includes(source))) &&
    (!namedOnly || name !== '')
  );
}

/** 1 for each odorant that passes, else 0; undefined where there is nothing to filter by. */
export function rowsThatPass(
  odorants: readonly KnownOdorant[],
  filter: OdorantFilter,
): Uint8Array | undefined {
  const { anyNote = [], everyNote = [], noNote = [], sources = [], namedOnly = false } = filter;
  const isEmpty = anyNote.length + everyNote.length + noNote.length + sources.length === 0 && !namedOnly;
  return isEmpty ? undefined : Uint8Array.from(odorants, (odorant) => Number(passes(odorant, filter)));
}

/** Texts of a filter that no odorant has: a typing error would otherwise look like an empty answer. */
export function unknownAmong(wanted: readonly string[], known: Iterable<readonly string[]>): string[] {
  const left = new Set(wanted);
  for (const list of known) {
    if (left.size === 0) break;
    for (const one of list) left.delete(one);
  }
  return [...left];
}
