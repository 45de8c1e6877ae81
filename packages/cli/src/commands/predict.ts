import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { isFailedRow, type Prediction, type PredictQuestion, type PredictRow } from '@sillage/client';
import type { Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import type { Session } from '../context.ts';
import { Failure, UsageError } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { decodeText, linesOf, readBytes, readTable } from '../molecule-files.ts';
import { whole } from '../options.ts';
import { percent, printJson, printTable, write } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import type { Kit } from '../program.ts';

interface Options {
  readonly in?: string;
  readonly out?: string;
  readonly column?: string;
  readonly top: number;
  readonly model?: string;
  readonly concurrency: number;
  readonly strict?: boolean;
}

/** Molecules that are shown as one table; more come row by row. */
const tableRows = 256;

export function addPredictCommand(program: Command, { withSession }: Kit): void {
  program
    .command('predict')
    .description('What do these molecules smell of?')
    .argument('[smiles...]', 'molecules as SMILES; none, or -: one a line from standard input')
    .option(
      '-i, --in <file>',
      'CSV (.csv, .tsv) or SMILES one a line (any other name); - is standard input, as CSV',
    )
    .option('-o, --out <file>', 'write CSV here: all columns of the input, and what was predicted')
    .option(
      '-c, --column <name>',
      'column of the CSV that has the SMILES, by name or number; else it is guessed',
    )
    .option('-k, --top <n>', 'odour notes of each molecule', whole(1, 138), 5)
    .option('-m, --model <name>', 'the model that answers (see `sillage models`)')
    .option('--concurrency <n>', 'requests of 256 molecules at the same time', whole(1, 32), 4)
    .option('--strict', 'end with 6 where a molecule could not be used')
    .addHelpText(
      'after',
      `
Examples:
  $ sillage predict COc1cc(C=O)ccc1O CSSC
  $ cut -f1 molecules.smi | sillage predict --json
  $ sillage predict --in molecules.csv --column structure --out notes.csv
  $ sillage predict CCO --json | jq .predictions[0].notes`,
    )
    .action(withSession(predict));
}

async function predict(session: Session, smiles: string[], options: Options): Promise<ExitCode> {
  const question = {
    top_k: options.top,
    ...(options.model === undefined ? {} : { model: options.model }),
  };
  const isStdin = smiles.length === 0 || (smiles.length === 1 && smiles[0] === '-');
  if (options.in !== undefined && smiles.length > 0)
    throw new UsageError('give molecules, or a file with --in');
  const failed = await (options.in !== undefined && isTable(options.in)
    ? predictTable(session, options.in, question, options)
    : predictList(session, isStdin ? await molecules(session, options) : smiles, question, options));
  if (failed > 0 && !session.isJson) session.context.stderr.write(`${failed} could not be used\n`);
  return failed > 0 && options.strict ? exitCodes.partial : exitCodes.ok;
}

function isTable(path: string): boolean {
  return path === '-' || /\.(csv|tsv)$/i.test(path);
}

async function molecules({ context }: Session, options: Options): Promise<AsyncIterable<string>> {
  if (options.in !== undefined) {
    const text = decodeText(await readBytes(options.in, context.stdin));
    return (async function* () {
      for (const line of text.split(/\r?\n/))
        if (line.trim() !== '') yield line.trim().split(/\s+/, 1)[0] ?? '';
    })();
  }
  if (context.stdin.isTTY)
    throw new UsageError('give molecules as SMILES, a file with --in, or lines on standard input');
  return linesOf(context.stdin);
}

/** Returns how many could not be used. */
async function predictList(
  session: Session,
  smiles: readonly string[] | AsyncIterable<string>,
  question: PredictQuestion,
  options: Options,
): Promise<number> {
  const { context, client, isJson } = session;
  const call = { signal: context.signal, concurrency: options.concurrency };
  if (Array.isArray(smiles) && smiles.length <= tableRows && options.out === undefined) {
    const answer = await client.predict({ smiles: [...smiles], ...question }, call);
    const failed = answer.predictions.filter(isFailedRow);
    if (isJson) printJson(context, answer);
    else showRows(session, answer.predictions);
    if (failed.length === answer.predictions.length && failed[0] && !isJson) {
      throw new Failure(`${failed[0].input}: ${failed[0].error.detail}`);
    }
    return failed.length;
  }
  const rows = client.predictMany(smiles, question, call);
  if (options.out !== undefined || !isJson) {
    return writeCsv(session, options, ['smiles'], question.top_k ?? 5, withInput(rows));
  }
  let failed = 0;
  for await (const row of rows) {
    if (isFailedRow(row)) failed += 1;
    await write(context, `${JSON.stringify(row)}\n`);
  }
  return failed;
}

async function* withInput(
  rows: AsyncIterable<PredictRow>,
): AsyncGenerator<readonly [readonly string[], PredictRow]> {
  for await (const row of rows) yield [[row.input], row];
}

async function predictTable(
  session: Session,
  path: string,
  question: PredictQuestion,
  options: Options,
): Promise<number> {
  const { context, client, isJson } = session;
  const table = readTable(decodeText(await readBytes(path, context.stdin)), path, options.column);
  context.stderr.write(`${table.rows.length} rows, SMILES in the column ${table.header[table.column]}\n`);
  const smiles = table.rows.map((row) => row[table.column]?.trim() ?? '');
  const call = { signal: context.signal, concurrency: options.concurrency };
  const rows = client.predictMany(smiles, question, call);
  const pairs = (async function* () {
    let at = 0;
    for await (const row of rows) {
      yield [table.rows[at] ?? [], row] as const;
      at += 1;
    }
  })();
  if (!isJson || options.out !== undefined) {
    return writeCsv(session, options, table.header, question.top_k ?? 5, pairs, table.delimiter);
  }
  let failed = 0;
  for await (const [, row] of pairs) {
    if (isFailedRow(row)) failed += 1;
    await write(context, `${JSON.stringify(row)}\n`);
  }
  return failed;
}

async function writeCsv(
  { context }: Session,
  { out }: Options,
  header: readonly string[],
  top: number,
  rows: AsyncIterable<readonly [readonly string[], PredictRow]>,
  delimiter = ',',
): Promise<number> {
  const target: Writable = out === undefined ? context.stdout : createWriteStream(out);
  const line = (cells: readonly (string | number)[]) => stringify([[...cells]], { delimiter });
  let failed = 0;
  await write({ ...context, stdout: target }, line([...header, ...addedColumns(top)]));
  for await (const [cells, row] of rows) {
    if (isFailedRow(row)) failed += 1;
    const own = header.map((_title, at) => cells[at] ?? '');
    await write({ ...context, stdout: target }, line([...own, ...addedCells(row, top)]));
  }
  if (out !== undefined) {
    target.end();
    await finished(target);
  }
  return failed;
}

const numbers = ['intensity', 'pleasantness', 'odorous', 'confidence'] as const;

/** Columns behind those of the input. */
export function addedColumns(top: number): string[] {
  const notes = Array.from({ length: top }, (_, at) => [`note_${at + 1}`, `probability_${at + 1}`]);
  return [...notes.flat(), ...numbers, 'warnings', 'error'];
}

/** What stands under them for one row. */
export function addedCells(row: PredictRow, top: number): (string | number)[] {
  if (isFailedRow(row)) return [...Array<string>(2 * top + numbers.length + 1).fill(''), row.error.detail];
  const notes = Array.from({ length: top }, (_, at) => [
    row.notes[at]?.note ?? '',
    row.notes[at]?.probability ?? '',
  ]);
  const warnings = (row.warnings ?? []).map(({ code }) => code).join(' ');
  return [...notes.flat(), ...numbers.map((name) => row[name] ?? ''), warnings, ''];
}

const columns: readonly Column<PredictRow>[] = [
  { title: 'molecule', value: ({ input }) => input, isElastic: true },
  {
    title: 'smells of',
    value: (row) =>
      isFailedRow(row)
        ? row.error.detail
        : row.notes
            .map(({ note, label, probability }) => `${label ?? note} ${percent(probability)}`)
            .join(', '),
    isElastic: true,
    paint: (row) => (isFailedRow(row) ? 'red' : undefined),
  },
  { title: 'strength', value: (row) => ofTen(row, 'intensity'), align: 'right' },
  { title: 'pleasant', value: (row) => ofTen(row, 'pleasantness'), align: 'right' },
];

function ofTen(row: PredictRow, name: 'intensity' | 'pleasantness'): string {
  const value = isFailedRow(row) ? undefined : row[name];
  return value === undefined ? '' : value.toFixed(1);
}

function showRows({ context }: Session, rows: readonly PredictRow[]): void {
  printTable(context, rows, columns);
  const warned = rows.filter((row): row is Prediction => !isFailedRow(row) && row.warnings !== undefined);
  for (const { input, warnings = [] } of warned) {
    for (const { detail } of warnings) context.stderr.write(`${input}: ${detail}\n`);
  }
}
