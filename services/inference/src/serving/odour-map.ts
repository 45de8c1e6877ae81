import { AppError, invalidField, type RequestContext } from '@sillage/kit';
import type { KnownOdorant } from '../domain/prediction/known-odorants.ts';
import { passes } from '../domain/prediction/odorant-filter.ts';
import {
  extentOf,
  isWithin,
  type OdourMap,
  type Place,
  placeOf,
  type Region,
} from '../domain/prediction/odour-map.ts';
import { type ModelVersion, modelKey } from '../repository/model-version.ts';
import type { ModelRequest } from '../repository/repository.ts';
import type { RefusedMolecule } from '../threads/protocol.ts';
import type { SimilarOdorant } from './odorant-index.ts';
import type { Predictor } from './predictor.ts';
import { checkFilter, exactly, findSimilar, maxQueries } from './similar.ts';

/** Known odorants of one answer. */
export const maxMapPoints = 5000;
/** Of a molecule that is placed. */
const shownNeighbours = 5;

export interface MapInput {
  readonly model: ModelRequest;
  readonly smiles: readonly string[];
  readonly limit: number;
  readonly offset: number;
  readonly region: Region | undefined;
  readonly anyNote: readonly string[];
  readonly namedOnly: boolean;
}

export type MapPlaceRow =
  | (Place & {
      readonly kind: 'ok';
      readonly smiles: string;
      readonly isKnown: boolean;
      readonly neighbours: readonly SimilarOdorant[];
    })
  | RefusedMolecule;

export interface MapAnswer {
  readonly model: ModelVersion;
  readonly map: OdourMap;
  readonly extent: Region;
  /** Known odorants that the conditions leave. */
  readonly total: number;
  readonly points: readonly (Place & { readonly odorant: KnownOdorant })[];
  readonly places: readonly MapPlaceRow[];
  readonly queueMs: number;
  readonly inferenceMs: number;
}

/** Known odorants of the odour map, and where molecules go among them. Throws not_found for a model without a map. */
export async function readMap(
  predictor: Predictor,
  input: MapInput,
  context: RequestContext,
): Promise<MapAnswer> {
  const { smiles, limit, offset, region, anyNote, namedOnly } = input;
  if (smiles.length > maxQueries) throw invalidField('/smiles', `send at most ${maxQueries} molecules`);
  if (limit > maxMapPoints) throw invalidField('/limit', `must be at most ${maxMapPoints}`);
  const { model, index } = predictor.indexOf(input.model);
  const { map, odorants } = index;
  if (typeof map === 'string') {
    const detail = `the model ${modelKey(model)} ${map}`;
    throw new AppError('not_found', detail, { errors: [{ pointer: '/model', detail }] });
  }
  checkFilter(index, { anyNote }, '');
  const placeAt = (row: number): Place => ({ x: map.x[row] ?? 0, y: map.y[row] ?? 0 });
  const meant = odorants.flatMap((odorant, row) => {
    const place = placeAt(row);
    if (region && !isWithin(region, place)) return [];
    return passes(odorant, { anyNote, namedOnly }) ? [{ odorant, ...place }] : [];
  });
  const found = {
    ...{ model, map, extent: extentOf(map), total: meant.length },
    points: meant.slice(offset, offset + limit),
  };
  if (smiles.length === 0) return { ...found, places: [], queueMs: 0, inferenceMs: 0 };
  const count = Math.max(shownNeighbours, map.placement.neighbours);
  const { rows, queueMs, inferenceMs } = await findSimilar(
    predictor,
    { smiles, embedding: new Float32Array(), count, filter: {}, model: exactly(model) },
    context,
  );
  const places = rows.map((row): MapPlaceRow => {
    if (row.kind === 'bad') return row;
    const own = index.rowOf(row.flat);
    const place = own === undefined ? placeOf(map, row.similar) : placeAt(own);
    const neighbours = row.similar.slice(0, shownNeighbours);
    return { kind: 'ok', smiles: row.smiles, ...place, isKnown: own !== undefined, neighbours };
  });
  return { ...found, places, queueMs, inferenceMs };
}
