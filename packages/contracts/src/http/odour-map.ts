import { z } from 'zod';
import type { MapMethod__Output } from '../generated/sillage/inference/v1/MapMethod.ts';
import type { MapRegion__Output } from '../generated/sillage/inference/v1/MapRegion.ts';
import type { ReadMapResponse__Output } from '../generated/sillage/inference/v1/ReadMapResponse.ts';
import { modelRefSchema, presentModelRef, type TimingJson, timingSchema } from './answer-parts.ts';
import { oneOf, queryDecimal, queryList, queryNumber, rounded, shape, text } from './fields.ts';
import {
  failedRowSchema,
  modelField,
  presentRowError,
  presentSimilar,
  similarOdorantSchema,
} from './predict.ts';
import { queryMoleculesField } from './similar.ts';

/** Known odorants of one answer. */
export const maxMapPoints = 5000;
const edge = queryDecimal(-1000, 1000).optional();

export const mapQuerySchema = shape({
  min_x: edge.meta({ description: 'Edge of the region, in units of the plane.' }),
  max_x: edge.meta({ description: 'Edge of the region, in units of the plane.' }),
  min_y: edge.meta({ description: 'Edge of the region, in units of the plane.' }),
  max_y: edge.meta({ description: 'Edge of the region, in units of the plane.' }),
  note: queryList(20, 60)
    .optional()
    .meta({ description: 'Notes, by commas: odorants that have at least one.' }),
  named: oneOf(['true', 'false']).optional().meta({ description: 'true: only odorants with a name.' }),
  limit: queryNumber(1, maxMapPoints).default(500).meta({ description: 'How many at most.' }),
  offset: queryNumber(0, 1_000_000).default(0).meta({ description: 'How many to pass over first.' }),
  model: text(1, 100).optional().meta({ description: 'Name of the model; else the default.' }),
  version: text(1, 20).optional().meta({ description: 'Of the model; else the newest.' }),
}).superRefine((query, context) => {
  for (const [low, high] of [
    ['min_x', 'max_x'],
    ['min_y', 'max_y'],
  ] as const) {
    if ((query[low] ?? -Infinity) <= (query[high] ?? Infinity)) continue;
    context.addIssue({ code: 'custom', path: [low], message: `must not be above ${high}` });
  }
  if (query.version !== undefined && query.model === undefined) {
    context.addIssue({ code: 'custom', path: ['version'], message: 'needs model beside it' });
  }
});

const regionSchema = z.object({
  min_x: z.number(),
  max_x: z.number(),
  min_y: z.number(),
  max_y: z.number(),
});

export const mapMethodSchema = z
  .object({
    name: z.string().meta({ description: 'How the embeddings were brought onto a plane.' }),
    placement: z.object({ neighbours: z.number().int(), power: z.number() }).meta({
      description:
        'A new molecule goes to the mean place of so many nearest known odorants, weighted by their similarity to this power.',
    }),
    figures: z
      .record(z.string(), z.number())
      .meta({ description: 'What was measured when the map was made; the guide tells what each means.' }),
  })
  .meta({ id: 'MapMethod' });

export const mapPointSchema = z
  .object({
    smiles: z.string(),
    name: z.string().optional(),
    notes: z.array(z.string()),
    x: z.number(),
    y: z.number(),
  })
  .meta({
    id: 'MapPoint',
    example: { smiles: 'COc1cc(C=O)ccc1O', name: 'vanillin', notes: ['vanilla'], x: 0.42, y: -0.9 },
  });

export const mapResponseSchema = z
  .object({
    model: modelRefSchema,
    method: mapMethodSchema,
    extent: regionSchema.meta({ description: 'Of all known odorants.' }),
    total: z.number().int().meta({ description: 'Known odorants that the conditions leave.' }),
    next_offset: z
      .number()
      .int()
      .optional()
      .meta({ description: 'Where the next page begins; absent on the last.' }),
    points: z.array(mapPointSchema),
  })
  .meta({ id: 'MapResponse' });
export type MapResponseBody = z.infer<typeof mapResponseSchema>;

export const placeRequestSchema = shape({ smiles: queryMoleculesField, model: modelField.optional() }).meta({
  id: 'PlaceRequest',
  example: { smiles: ['COc1cc(C=O)ccc1O', 'CCCCC=CC(=O)OC'] },
});

export const placedSchema = z
  .object({
    input: z.string(),
    smiles: z.string(),
    x: z.number(),
    y: z.number(),
    known: z.boolean().meta({ description: 'It is a known odorant and stands at its own place.' }),
    neighbours: z.array(similarOdorantSchema).meta({ description: 'Nearest known odorants by embedding.' }),
  })
  .meta({ id: 'PlacedMolecule' });

export const placeResponseSchema = z
  .object({
    model: modelRefSchema,
    method: mapMethodSchema,
    extent: regionSchema.meta({ description: 'Of all known odorants.' }),
    places: z
      .array(z.union([placedSchema, failedRowSchema]))
      .meta({ description: 'One for each molecule, in the order of the request.' }),
    timing: timingSchema,
  })
  .meta({ id: 'PlaceResponse' });
export type PlaceResponseBody = z.infer<typeof placeResponseSchema>;

/** A page of the map. */
export function presentMap(answer: ReadMapResponse__Output, offset: number): MapResponseBody {
  const end = offset + answer.points.length;
  return {
    ...presentFrame(answer),
    total: answer.total,
    ...(end < answer.total && answer.points.length > 0 ? { next_offset: end } : {}),
    points: answer.points.map(({ smiles, name, notes, x, y }) => ({
      smiles,
      ...(name ? { name } : {}),
      notes,
      x: rounded(x, 4),
      y: rounded(y, 4),
    })),
  };
}

/** Where molecules go; `inputs` are the SMILES as they were sent. */
export function presentPlaces(
  inputs: readonly string[],
  answer: ReadMapResponse__Output,
  timing: TimingJson,
): PlaceResponseBody {
  return {
    ...presentFrame(answer),
    places: answer.places.map((row, index) => {
      const input = inputs[index] ?? '';
      if (row.error) return { input, error: presentRowError(row.error) };
      const { smiles, x, y, known, neighbours } = row;
      return {
        ...{ input, smiles, x: rounded(x, 4), y: rounded(y, 4), known },
        neighbours: neighbours.map(presentSimilar),
      };
    }),
    timing,
  };
}

function presentFrame({ model, method, extent }: ReadMapResponse__Output) {
  return {
    model: presentModelRef(model),
    method: presentMethod(method),
    extent: presentRegion(extent),
  };
}

function presentMethod(method: MapMethod__Output | null): z.infer<typeof mapMethodSchema> {
  return {
    name: method?.name ?? '',
    placement: { neighbours: method?.neighbours ?? 0, power: method?.power ?? 0 },
    figures: method?.figures ?? {},
  };
}

function presentRegion(region: MapRegion__Output | null): z.infer<typeof regionSchema> {
  return {
    min_x: rounded(region?.minX ?? 0, 4),
    max_x: rounded(region?.maxX ?? 0, 4),
    min_y: rounded(region?.minY ?? 0, 4),
    max_y: rounded(region?.maxY ?? 0, 4),
  };
}
