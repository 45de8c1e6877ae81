import { sdfRecord } from '@sillage/chem/sdf';
import {
  generateResultLineSchema,
  type InferenceServiceDefinition,
  type JobKind,
  maxPredictMolecules,
  predictResultLineSchema,
} from '@sillage/contracts';
import type { GrpcClient } from '@sillage/kit';
import { stringify } from 'csv-stringify/sync';
import { type Cells, columnsOf, generateCells, predictCells } from '../domain/result-rows.ts';

export interface ResultFormat {
  readonly contentType: string;
  /** The file from the chunks of its NDJSON, piece by piece. */
  readonly encode: (chunks: AsyncIterable<string>, kind: JobKind) => AsyncIterable<string>;
}

/** Results as they are stored. */
export const ndjson: ResultFormat = {
  contentType: 'application/x-ndjson; charset=utf-8',
  encode: (chunks) => chunks,
};

/** RFC 4180 with a header line. */
export const csv: ResultFormat = {
  contentType: 'text/csv; charset=utf-8; header=present',
  encode: async function* (chunks, kind) {
    const options = { columns: [...columnsOf(kind)], record_delimiter: 'windows' } as const;
    yield stringify([], { ...options, header: true });
    for await (const chunk of chunks) yield stringify(cellsOf(chunk, kind), options);
  },
};

/** A record without atoms: the place of a molecule that cannot be drawn, so that no row is lost. */
const noAtoms = '\n\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n';

/** SD file: a 2-D drawing of each molecule, made by inference, with the row's cells as data fields. */
export function sdf(inference: GrpcClient<InferenceServiceDefinition>): ResultFormat {
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

async function draw(
  inference: GrpcClient<InferenceServiceDefinition>,
  rows: readonly Cells[],
): Promise<string> {
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
  const lines = chunk.split('\n').filter((line) => line !== '');
  // Stored by our own worker; read by the schema all the same, since a file is made of it.
  return kind === 'predict'
    ? lines.map((line) => predictCells(predictResultLineSchema.parse(JSON.parse(line))))
    : lines.map((line) => generateCells(generateResultLineSchema.parse(JSON.parse(line))));
}
