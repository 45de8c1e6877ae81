import type { MapResponseBody, PlaceResponseBody, PredictionJson, PredictRowJson } from '@sillage/contracts';
import { queryOptions } from '@tanstack/react-query';
import { askJson } from '../api/client.ts';

interface Predicted {
  readonly model: { readonly name: string; readonly version: string };
  readonly predictions: readonly PredictRowJson[];
}

/** Answers for a molecule change with the model alone. */
const staleTime = 30 * 60_000;
/** All notes, for the wheel. */
const everyNote = 138;
/** Points of the map in one answer: the most that the API gives. */
const mapPage = 5000;

/** What one molecule smells of, with all the page shows. Throws ApiError for a SMILES that cannot be read. */
export function smellQuery(smiles: string, note?: string) {
  return queryOptions({
    queryKey: ['smell', smiles, note ?? ''],
    queryFn: async ({ signal }) => {
      const body = {
        smiles,
        top_k: everyNote,
        include: ['svg', 'attribution', 'similar', 'embedding'],
        similar_k: 8,
        ...(note === undefined ? {} : { attribution_note: note }),
      };
      const { model, predictions } = await askJson<Predicted>('/api/v1/predict', {
        method: 'POST',
        body,
        signal,
      });
      return { model, prediction: predictions[0] as PredictionJson };
    },
    staleTime,
  });
}

/** Drawings of molecules by their SMILES; of those that cannot be drawn, none. */
export function drawingsQuery(smiles: readonly string[]) {
  return queryOptions({
    queryKey: ['drawings', ...smiles],
    queryFn: async ({ signal }) => {
      const body = { smiles, top_k: 1, include: ['svg'] };
      const { predictions } = await askJson<Predicted>('/api/v1/predict', { method: 'POST', body, signal });
      return new Map(
        predictions.flatMap((row) =>
          'svg' in row && row.svg !== undefined ? [[row.input, row.svg] as const] : [],
        ),
      );
    },
    enabled: smiles.length > 0,
    staleTime,
  });
}

/** All known odorants with their places. */
export const mapQuery = queryOptions({
  queryKey: ['map'],
  queryFn: async ({ signal }) => {
    const page = (offset: number) =>
      askJson<MapResponseBody>(`/api/v1/research/map?limit=${mapPage}&offset=${offset}`, { signal });
    const first = await page(0);
    const offsets: number[] = [];
    for (let offset = mapPage; offset < first.total; offset += mapPage) offsets.push(offset);
    const rest = await Promise.all(offsets.map(page));
    return { extent: first.extent, points: [first, ...rest].flatMap(({ points }) => points) };
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** Where molecules stand on the map. */
export function placesQuery(smiles: readonly string[]) {
  return queryOptions({
    queryKey: ['places', ...smiles],
    queryFn: async ({ signal }) => {
      const body = { smiles };
      const { places } = await askJson<PlaceResponseBody>('/api/v1/research/map', {
        method: 'POST',
        body,
        signal,
      });
      return places.flatMap((place) => ('x' in place ? [place] : []));
    },
    enabled: smiles.length > 0,
    staleTime,
  });
}

/** How alike two embeddings are: the cosine of the angle between them. */
export function cosine(one: readonly number[], other: readonly number[]): number {
  let [dot, ones, others] = [0, 0, 0];
  for (const [index, value] of one.entries()) {
    const beside = other[index] ?? 0;
    dot += value * beside;
    ones += value * value;
    others += beside * beside;
  }
  return ones === 0 || others === 0 ? 0 : dot / Math.sqrt(ones * others);
}
