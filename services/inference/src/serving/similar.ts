import { maxSimilar } from '@sillage/contracts';
import { AppError, invalidField, type RequestContext } from '@sillage/kit';
import { type OdorantFilter, rowsThatPass, unknownAmong } from '../domain/prediction/odorant-filter.ts';
import type { ModelVersion } from '../repository/model-version.ts';
import type { ModelRequest } from '../repository/repository.ts';
import type { RefusedMolecule } from '../threads/protocol.ts';
import type { OdorantIndex, SimilarOdorant } from './odorant-index.ts';
import type { PredictedRow } from './prediction.ts';
import type { Predictor } from './predictor.ts';

/** Molecules of one request that are searched for, or placed on the map. */
export const maxQueries = 64;
const defaultCount = 5;

export interface SimilarInput {
  readonly smiles: readonly string[];
  /** In place of molecules; empty otherwise. */
  readonly embedding: Float32Array;
  /** 0: five. */
  readonly count: number;
  readonly filter: OdorantFilter & {
    readonly minSimilarity?: number | undefined;
    readonly othersOnly?: boolean;
  };
  readonly model: ModelRequest;
}

/** A molecule beside the known odorants nearest to it. */
export interface FoundSimilar {
  readonly kind: 'ok';
  /** Canonical; empty for an embedding. */
  readonly smiles: string;
  /** Canonical without stereo; empty for an embedding. */
  readonly flat: string;
  readonly similar: readonly SimilarOdorant[];
}

export interface SimilarAnswer {
  readonly model: ModelVersion;
  readonly rows: readonly (FoundSimilar | RefusedMolecule)[];
  readonly queueMs: number;
  readonly inferenceMs: number;
}

/** Nearest known odorants of molecules or of one place of the embedding. Bad molecules fail their own row. */
export async function findSimilar(
  predictor: Predictor,
  input: SimilarInput,
  context: RequestContext,
): Promise<SimilarAnswer> {
  const { smiles, embedding, filter } = input;
  if ((smiles.length === 0) === (embedding.length === 0)) {
    throw invalidField('/smiles', 'send either smiles or an embedding');
  }
  if (smiles.length > maxQueries) {
    throw invalidField('/smiles', `send 1 to ${maxQueries} molecules, not ${smiles.length}`);
  }
  if (input.count > maxSimilar) throw invalidField('/k', `must be from 1 to ${maxSimilar}`);
  const { model, index } = predictor.indexOf(input.model);
  checkFilter(index, filter, '/filter');
  const count = input.count || defaultCount;
  // One more than asked for: the molecule itself may be among them and not be wanted.
  const wanted = filter.othersOnly ? count + 1 : count;
  const allowed = rowsThatPass(index.odorants, filter);
  const search = async (molecules: readonly { flat: string; embedding: Float32Array }[]) => {
    const found = await index.similar(molecules, wanted, context.signal, allowed);
    return found.map((similar) =>
      similar
        .filter((one) => !(filter.othersOnly && one.isSameMolecule))
        .filter(({ similarity }) => similarity >= (filter.minSimilarity ?? -1))
        .slice(0, count),
    );
  };
  if (smiles.length === 0) {
    checkEmbedding(index, embedding);
    const [similar = []] = await search([{ flat: '', embedding }]);
    const row: FoundSimilar = { kind: 'ok', smiles: '', flat: '', similar };
    return { model, rows: [row], queueMs: 0, inferenceMs: 0 };
  }
  const asked = { smiles, topK: 1, include: { embedding: true }, model: exactly(model) };
  const predicted = await predictor.predict(asked, context);
  const readable = predicted.rows.flatMap((row) => embedded(row) ?? []);
  const found = await search(readable);
  const similarOf = new Map(readable.map(({ row }, place) => [row, found[place] ?? []]));
  return {
    ...predicted,
    rows: predicted.rows.map((row) =>
      row.kind === 'bad'
        ? row
        : { kind: 'ok', smiles: row.smiles, flat: row.flat, similar: similarOf.get(row) ?? [] },
    ),
  };
}

/** The version that was found, whatever becomes the newest meanwhile. */
export function exactly({ manifest }: ModelVersion): ModelRequest {
  return { name: manifest.name, version: manifest.version };
}

function embedded(
  row: PredictedRow,
): { row: PredictedRow; flat: string; embedding: Float32Array } | undefined {
  if (row.kind === 'bad' || row.embedding === undefined) return undefined;
  return { row, flat: row.flat, embedding: row.embedding };
}

/** Throws invalid_input for notes and collections that no known odorant has. */
export function checkFilter(index: OdorantIndex, filter: OdorantFilter, pointer: string): void {
  const notes = () => index.odorants.map((odorant) => odorant.notes);
  const sources = () => index.odorants.map((odorant) => odorant.sources);
  const faults = [
    { name: 'any_note', unknown: unknownAmong(filter.anyNote ?? [], notes()), what: 'note' },
    { name: 'every_note', unknown: unknownAmong(filter.everyNote ?? [], notes()), what: 'note' },
    { name: 'no_note', unknown: unknownAmong(filter.noNote ?? [], notes()), what: 'note' },
    { name: 'sources', unknown: unknownAmong(filter.sources ?? [], sources()), what: 'collection' },
  ].flatMap(({ name, unknown, what }) =>
    unknown.map((one) => ({
      pointer: `${pointer}/${name}`,
      detail: `no known odorant has the ${what} “${one}”`,
    })),
  );
  const [first] = faults;
  if (first) throw new AppError('invalid_input', first.detail, { errors: faults });
}

function checkEmbedding(index: OdorantIndex, embedding: Float32Array): void {
  if (embedding.length !== index.width) {
    throw invalidField(
      '/embedding',
      `must have ${index.width} values, as the model's has, not ${embedding.length}`,
    );
  }
  if (!embedding.every(Number.isFinite)) throw invalidField('/embedding', 'must be of finite numbers');
  if (embedding.every((value) => value === 0))
    throw invalidField('/embedding', 'must not be zero throughout');
}
