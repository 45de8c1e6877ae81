import type { GenerateResultLine, JobKind, NoteJson, PredictResultLine } from '@sillage/contracts';

/** Cells of a CSV row or data fields of an SD record. */
export type Cells = Readonly<Record<string, string | number>>;

const columns = {
  predict: [
    'index',
    'input',
    'smiles',
    'primary_notes',
    'notes',
    'intensity',
    'pleasantness',
    'odorous',
    'confidence',
    'warnings',
    'error_code',
    'error_detail',
    'error_position',
    'line',
  ],
  generate: [
    'index',
    'smiles',
    'valid',
    'novel',
    'match',
    'notes',
    'molecular_weight',
    'log_p',
    'tpsa',
    'synthetic_accessibility',
    'safety_score',
    'safety_flags',
    'similarity',
  ],
} as const satisfies Record<JobKind, readonly string[]>;

/** The columns of a job's results, in order. */
export function columnsOf(kind: JobKind): readonly string[] {
  return columns[kind];
}

/** A line of results as flat cells; lists are joined by `;`, a note and its probability by `:`. */
export function predictCells(line: PredictResultLine): Cells {
  if ('error' in line) {
    return {
      index: line.index,
      input: line.input,
      error_code: line.error.code,
      error_detail: line.error.detail,
      ...present('error_position', line.error.position),
      ...present('line', line.line),
    };
  }
  return {
    index: line.index,
    input: line.input,
    smiles: line.smiles,
    primary_notes: line.primary_notes.join(';'),
    notes: joinNotes(line.notes),
    ...present('intensity', line.intensity),
    ...present('pleasantness', line.pleasantness),
    ...present('odorous', line.odorous),
    ...present('confidence', line.confidence),
    ...present('line', line.line),
    ...(line.warnings ? { warnings: line.warnings.map(({ code }) => code).join(';') } : {}),
  };
}

export function generateCells(line: GenerateResultLine): Cells {
  const drawn = {
    index: line.index,
    smiles: line.smiles,
    valid: String(line.valid),
    novel: String(line.novel),
  };
  if (!('match' in line)) return drawn;
  return {
    ...drawn,
    match: line.match,
    notes: joinNotes(line.notes),
    molecular_weight: line.molecular_weight,
    ...present('log_p', line.log_p),
    ...present('tpsa', line.tpsa),
    ...present('synthetic_accessibility', line.synthetic_accessibility),
    safety_score: line.safety.score,
    safety_flags: line.safety.flags.map(({ rule, severity }) => `${rule}:${severity}`).join(';'),
    ...present('similarity', line.similarity),
  };
}

function present(name: string, value: number | undefined): Cells {
  return value === undefined ? {} : { [name]: value };
}

function joinNotes(notes: readonly NoteJson[]): string {
  return notes.map(({ note, probability }) => `${note}:${probability}`).join(';');
}
