interface Noted {
  readonly note: string;
  readonly probability: number;
}

export interface ContrastRow {
  readonly note: string;
  readonly first: number;
  readonly second: number;
}

const rows = 12;
const least = 0.08;

/** The notes in which two molecules matter, the most probable of either first. */
export function contrast(one: readonly Noted[], other: readonly Noted[]): ContrastRow[] {
  const beside = new Map(other.map(({ note, probability }) => [note, probability]));
  const ownNotes = new Set(one.map(({ note }) => note));
  return [
    ...one.map(({ note, probability }) => ({ note, first: probability, second: beside.get(note) ?? 0 })),
    ...other
      .filter(({ note }) => !ownNotes.has(note))
      .map(({ note, probability }) => ({ note, first: 0, second: probability })),
  ]
    .filter(({ first, second }) => Math.max(first, second) >= least)
    .toSorted((a, b) => Math.max(b.first, b.second) - Math.max(a.first, a.second))
    .slice(0, rows);
}
