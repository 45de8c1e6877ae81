import { sdfRecord } from '@sillage/chem/sdf';
import {
  type GenerateResultLine,
  generateResultLineSchema,
  type JobKind,
  maxPredictMolecules,
  type PredictResultLine,
  predictResultLineSchema,
} from '@sillage/contracts';
import type { InferencePools } from '@sillage/inference-client';
import { stringify } from 'csv-stringify/sync';
import { type Cells, columnsOf, generateCells, predictCells } from '../domain/result-rows.ts';
import { encodeParquet } from './parquet.ts';

/** A file made of the rows. */
export interface ResultFormat {
  readonly contentType: string;
  /** The file from the chunks of its NDJSON, piece by piece. */
  readonly encode: (chunks: AsyncIterable<string>, kind: JobKind) => AsyncIterable<string | Uint8Array>;
}

/** Of results as they are stored. */
export const ndjsonType = 'application/x-ndjson; charset=utf-8';

/** RFC 4180 with a header line. */
export const csv: ResultFormat = {
  contentType: 'text/csv; charset=utf-8; header=present',
  encode: async function* (chunks, kind) {
    const options = { columns: [...columnsOf(kind)], record_delimiter: 'windows' } as const;
    yield stringify([], { ...options, header: true });
    for await (const chunk of chunks) yield stringify(cellsOf(chunk, kind), options);
  },
};

/** Apache Parquet, with the types of NDJSON: notes are a list of pairs. */
export const parquet: ResultFormat = {
  contentType: 'application/vnd.apache.parquet',
  encode: (chunks, kind) => encodeParquet(parsed(chunks, kind), kind),
};

async function* parsed(chunks: AsyncIterable<string>, kind: JobKind) {
  for await (const chunk of chunks) yield kind === 'predict' ? predictLines(chunk) : generateLines(chunk);
}

/** A record without atoms: the place of a molecule that cannot be drawn, so that no row is lost. */
const noAtoms = '\n\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n';

/** SD file: a 2-D drawing of each molecule, made by inference, with the row's cells as data fields. */
export function sdf(inference: Pick<InferencePools, 'unary'>): ResultFormat {
  return {
    contentType: 'chemical/x-mdl-sdfile; charset=utf-8',
    encode: async function* (chunks, kind) {
      for await (const chunk of chunks) {
        const rows = cellsOf(chunk, kind);
        for (let start = 0; start < rows.length; start += maxPredictMolecules) {
          yield await draw(inference, rows.slice(start, start + maxPredictMolecules));
        }
      }
    },
  };
}

async function draw(inference: Pick<InferencePools, 'unary'>, rows: readonly Cells[]): Promise<string> {
  const drawable = rows.filter((row) => typeof row['smiles'] === 'string');
  const molblocks = new Map<Cells, string>();
  if (drawable.length > 0) {
    const response = await inference.unary('DrawMolblocks', {
      smiles: drawable.map((row) => String(row['smiles'])),
    });
    for (const [index, row] of drawable.entries()) molblocks.set(row, response.molblocks[index] ?? '');
  }
  return rows.map((row) => sdfRecord(molblocks.get(row) || noAtoms, row)).join('');
}

function cellsOf(chunk: string, kind: JobKind): Cells[] {
  return kind === 'predict' ? predictLines(chunk).map(predictCells) : generateLines(chunk).map(generateCells);
}

// Stored by our own worker; read by the schema all the same, since a file is made of it.
function predictLines(chunk: string): PredictResultLine[] {
  return linesOf(chunk).map((line) => predictResultLineSchema.parse(JSON.parse(line)));
}

function generateLines(chunk: string): GenerateResultLine[] {
  return linesOf(chunk).map((line) => generateResultLineSchema.parse(JSON.parse(line)));
}

function linesOf(chunk: string): string[] {
  return chunk.split('\n').filter((line) => line !== '');
}
