import type {
  GenerateResultLine,
  JobKind,
  MoleculeJson,
  NoteJson,
  PredictResultLine,
} from '@sillage/contracts';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

type ResultLine = PredictResultLine | GenerateResultLine;
type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

interface Column {
  readonly name: string;
  readonly elements: readonly SchemaElement[];
  /** Absent values are null. */
  readonly cellOf: (line: Readonly<Record<string, unknown>>) => unknown;
}

/** Rows of one row group: what is held in memory at a time, and large enough to compress well. */
const groupRows = 16_384;

const optional = { repetition_type: 'OPTIONAL' } as const;
const utf8 = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;

/** A column of one kind of value, under the name its rows have in NDJSON, or by a path into them. */
function scalar(
  name: string,
  type: Pick<SchemaElement, 'type' | 'converted_type'>,
  ...path: string[]
): Column {
  const steps = path.length > 0 ? path : [name];
  return {
    name,
    elements: [{ name, ...type, ...optional }],
    cellOf: (line) => steps.reduce<unknown>((value, step) => memberOf(value, step), line),
  };
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}

const text = (name: string, ...path: string[]) => scalar(name, utf8, ...path);
const number = (name: string, ...path: string[]) => scalar(name, { type: 'DOUBLE' }, ...path);
const integer = (name: string, ...path: string[]) => scalar(name, { type: 'INT32' }, ...path);
const flag = (name: string) => scalar(name, { type: 'BOOLEAN' });

/** A list of values in the three levels that Parquet wants. */
function list(name: string, element: readonly SchemaElement[], cellOf: Column['cellOf']): Column {
  return {
    name,
    elements: [
      { name, ...optional, converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...element,
    ],
    cellOf,
  };
}

const textElement: SchemaElement = { name: 'element', ...utf8, ...optional };
const notes = list(
  'notes',
  [
    { name: 'element', ...optional, num_children: 2 },
    { name: 'note', ...utf8, ...optional },
    { name: 'probability', type: 'DOUBLE', ...optional },
  ],
  (line) =>
    (line['notes'] as NoteJson[] | undefined)?.map(({ note, probability }) => ({ note, probability })),
);
const texts = (name: string, cellOf: Column['cellOf']) => list(name, [textElement], cellOf);

const columns = {
  predict: [
    integer('index'),
    text('input'),
    text('smiles'),
    texts('primary_notes', (line) => line['primary_notes']),
    notes,
    number('intensity'),
    number('pleasantness'),
    number('odorous'),
    number('confidence'),
    texts('warnings', (line) =>
      (line['warnings'] as { code: string }[] | undefined)?.map(({ code }) => code),
    ),
    text('error_code', 'error', 'code'),
    text('error_detail', 'error', 'detail'),
    integer('error_position', 'error', 'position'),
    integer('line'),
  ],
  generate: [
    integer('index'),
    text('smiles'),
    flag('valid'),
    flag('novel'),
    number('match'),
    notes,
    number('molecular_weight'),
    number('log_p'),
    number('tpsa'),
    number('synthetic_accessibility'),
    number('safety_score', 'safety', 'score'),
    texts('safety_flags', (line) =>
      (line as unknown as Partial<MoleculeJson>).safety?.flags.map(
        ({ rule, severity }) => `${rule}:${severity}`,
      ),
    ),
    number('similarity'),
  ],
} as const satisfies Record<JobKind, readonly Column[]>;

/** Rows as a Parquet file, one row group after the other. */
export async function* encodeParquet(
  lines: AsyncIterable<readonly ResultLine[]>,
  kind: JobKind,
): AsyncGenerator<Uint8Array> {
  const own: readonly Column[] = columns[kind];
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    schema: [{ name: 'root', num_children: own.length }, ...own.flatMap(({ elements }) => elements)],
  });
  let group: ResultLine[] = [];
  const write = () => {
    const columnData = own.map(({ name, cellOf }) => ({
      name,
      data: group.map((line) => cellOf(line as unknown as Record<string, unknown>) ?? null),
    }));
    // The writer's flush, which could wait, is not set: this one writes to memory.
    void parquet.write({ columnData, rowGroupSize: groupRows });
    group = [];
  };
  /** What was written since the last time; the writer keeps counting. */
  const take = () => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  for await (const some of lines) {
    group.push(...some);
    if (group.length < groupRows) continue;
    write();
    yield take();
  }
  if (group.length > 0) write();
  void parquet.finish();
  yield take();
}
