import {
  type EvaluateRequestBody,
  maxEvaluatedMolecules,
  maxSmilesLength,
  maxTopK,
  type RefusedLabel,
  smilesLengthError,
} from '@sillage/contracts';
import { AppError, invalidField } from '@sillage/kit';

/** Values of a label, as inference takes them. */
const hasNot = 0;
const has = 1;
const notJudged = 2;

/** Molecules with what is known of their notes. */
export interface LabelledMolecules {
  /** The notes that were judged. */
  readonly notes: readonly string[];
  /** With their place in the request. */
  readonly molecules: readonly { readonly index: number; readonly smiles: string }[];
  /** Molecules × notes, row after row. */
  readonly labels: Uint8Array;
  /** Molecules that are refused before anybody is asked. */
  readonly refused: readonly RefusedLabel[];
}

interface Row {
  readonly smiles: string;
  /** One value for each note, or what is wrong with the row. */
  readonly labels: readonly number[] | string;
}

/** A request in JSON: each molecule with the notes it has. Throws invalid_input for a note that was not judged. */
export function labelledFromJson({ molecules, notes: judged }: EvaluateRequestBody): LabelledMolecules {
  const notes = [...new Set(judged ?? molecules.flatMap((molecule) => molecule.notes))];
  if (notes.length === 0)
    throw invalidField('/molecules', 'no molecule has a note: name those that were judged in notes');
  if (notes.length > maxTopK) {
    throw invalidField(
      '/molecules',
      `they have ${notes.length} different notes; at most ${maxTopK} are judged`,
    );
  }
  const known = new Set(notes);
  const faults = molecules.flatMap((molecule, row) =>
    molecule.notes.flatMap((note, place) =>
      known.has(note)
        ? []
        : [
            {
              pointer: `/molecules/${row}/notes/${place}`,
              detail: `“${note}” is not among the notes that were judged`,
            },
          ],
    ),
  );
  const [first] = faults;
  if (first)
    throw new AppError('invalid_input', `${first.pointer.slice(1).replaceAll('/', '.')}: ${first.detail}`, {
      errors: faults.slice(0, 100),
    });
  return collect(
    notes,
    molecules.map(({ smiles, notes: own }) => ({
      smiles,
      labels: notes.map((note) => (own.includes(note) ? has : hasNot)),
    })),
  );
}

/**
 * A table with a header: `smiles` and `notes` (by semicolons), or `smiles` and a column for each note with 1, 0 or nothing
 * where it was not judged. Further columns of the first form are left alone. A row with another value fails by itself.
 */
export function labelledFromTable(table: readonly (readonly string[])[]): LabelledMolecules {
  const [header = [], ...rows] = table;
  const columns = header.map((name) => name.trim());
  const smilesAt = columns.indexOf('smiles');
  if (smilesAt < 0) throw invalidField('', 'the first line must name the columns, and one of them smiles');
  if (rows.length < 1 || rows.length > maxEvaluatedMolecules) {
    throw invalidField('', `the table must have 1 to ${maxEvaluatedMolecules} molecules, not ${rows.length}`);
  }
  const notesAt = columns.indexOf('notes');
  if (notesAt >= 0) {
    return labelledFromJson({
      molecules: rows.map((row) => ({
        smiles: row[smilesAt] ?? '',
        notes: (row[notesAt] ?? '')
          .split(';')
          .map((note) => note.trim())
          .filter(Boolean),
      })),
    });
  }
  const at = columns.flatMap((_, index) => (index === smilesAt ? [] : [index]));
  const notes = at.map((index) => columns[index] ?? '');
  if (notes.length < 1 || notes.length > maxTopK || notes.includes('')) {
    throw invalidField(
      '',
      `there must be 1 to ${maxTopK} columns of notes, each with its name, beside smiles`,
    );
  }
  if (new Set(notes).size < notes.length) throw invalidField('', 'two columns have the same name');
  return collect(
    notes,
    rows.map((row) => ({
      smiles: row[smilesAt] ?? '',
      labels: labelsOf(
        at.map((index) => row[index]),
        notes,
      ),
    })),
  );
}

const values: Readonly<Record<string, number>> = {
  '1': has,
  '1.0': has,
  '0': hasNot,
  '0.0': hasNot,
  '': notJudged,
};

function labelsOf(cells: readonly (string | undefined)[], notes: readonly string[]): number[] | string {
  const labels: number[] = [];
  for (const [index, cell] of cells.entries()) {
    const label = values[(cell ?? '').trim()];
    if (label === undefined) return `the column ${notes[index]} must be 1, 0 or empty`;
    labels.push(label);
  }
  return labels;
}

function collect(notes: readonly string[], rows: readonly Row[]): LabelledMolecules {
  const molecules: { index: number; smiles: string }[] = [];
  const refused: RefusedLabel[] = [];
  const labels = new Uint8Array(rows.length * notes.length);
  for (const [index, { smiles, labels: own }] of rows.entries()) {
    const error =
      typeof own === 'string'
        ? { code: 'invalid_input', detail: own }
        : smilesLengthError(smiles.slice(0, maxSmilesLength + 1));
    if (error || typeof own === 'string') {
      if (error) refused.push({ index, input: smiles.slice(0, 100), error });
      continue;
    }
    labels.set(own, molecules.length * notes.length);
    molecules.push({ index, smiles });
  }
  return { notes, molecules, labels: labels.subarray(0, molecules.length * notes.length), refused };
}
