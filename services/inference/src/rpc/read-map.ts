import type { MapPlace, ReadMapRequest__Output, ReadMapResponse } from '@sillage/contracts';
import type { RequestContext } from '@sillage/kit';
import { type MapPlaceRow, readMap as read } from '../serving/odour-map.ts';
import type { Predictor } from '../serving/predictor.ts';
import { errorMessage, modelRef, modelRequest, similarMessage, timing } from './messages.ts';

/** ReadMap: known odorants of the odour map by region and note, and the places of up to 64 molecules. */
export async function readMap(
  predictor: Predictor,
  request: ReadMapRequest__Output,
  context: RequestContext,
): Promise<ReadMapResponse> {
  const started = performance.now();
  const { smiles, limit, offset, region, anyNote, namedOnly } = request;
  const answer = await read(
    predictor,
    {
      smiles,
      limit,
      offset,
      region: region ?? undefined,
      anyNote,
      namedOnly,
      model: modelRequest(request.model),
    },
    context,
  );
  const { method, placement, figures } = answer.map;
  return {
    model: modelRef(answer.model),
    method: { name: method, ...placement, figures },
    extent: answer.extent,
    total: answer.total,
    points: answer.points.map(({ odorant, x, y }) => ({
      smiles: odorant.smiles,
      name: odorant.name,
      notes: [...odorant.notes],
      x,
      y,
    })),
    places: answer.places.map(placeMessage),
    timing: timing(answer, started),
  };
}

function placeMessage(row: MapPlaceRow): MapPlace {
  if (row.kind === 'bad') return { error: errorMessage(row) };
  const { smiles, x, y, isKnown, neighbours } = row;
  return { smiles, x, y, known: isKnown, neighbours: neighbours.map(similarMessage) };
}
