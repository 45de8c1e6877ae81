/** What is compared of a row, whoever wrote it. */
export interface Row {
  readonly notes: readonly { readonly note: string; readonly probability: number }[];
}

/** Probabilities may differ by so much: other builds of ONNX Runtime add in another order, and all are rounded. */
export const tolerance = 0.002;

/**
 * What differs between two contenders' answers about the same molecules; undefined where they agree: the same notes
 * with the same probabilities, notes of equal probability in any order.
 */
export function disagreement(
  ours: readonly Row[],
  theirs: readonly Row[],
  molecules: readonly string[],
): string | undefined {
  if (theirs.length !== ours.length) return `${theirs.length} rows instead of ${ours.length}`;
  for (const [index, row] of ours.entries()) {
    const other = theirs[index];
    const about = molecules[index] ?? '';
    if (!Array.isArray(other?.notes)) return `${about}: no notes`;
    if (other.notes.length !== row.notes.length) {
      return `${about}: ${other.notes.length} notes instead of ${row.notes.length}`;
    }
    // The last note's probability: below it anything may stand in its place.
    const least = row.notes.at(-1)?.probability ?? 0;
    for (const [place, { note, probability }] of row.notes.entries()) {
      const same = other.notes.find((one) => one.note === note);
      const found = same?.probability ?? (probability - least <= tolerance ? least : 0);
      if (!(Math.abs(found - probability) <= tolerance)) {
        return `${about}: ${note} ${found} instead of ${probability}`;
      }
      const there = other.notes[place]?.probability ?? Number.NaN;
      if (!(Math.abs(there - probability) <= tolerance)) {
        return `${about}: note ${place + 1} has ${there} instead of ${probability}`;
      }
    }
  }
  return undefined;
}
