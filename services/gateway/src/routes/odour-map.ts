import { mapQuerySchema, placeRequestSchema, presentMap, presentPlaces } from '@sillage/contracts';
import { AppError } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { sendJson } from '../http/answer.ts';
import { endpoint } from '../http/exchange.ts';
import { linkNext } from '../http/links.ts';
import { parse } from '../http/parse.ts';
import { moleculesOf, usableRows } from '../http/single-molecule.ts';
import { askModel, type ResearchParts, timingOf } from './research.ts';

/** Beyond every place there is. */
const nowhere = 1e9;

/** GET /api/v1/research/map. */
export function readMap(parts: ResearchParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const query = parse(mapQuerySchema, request.query);
    const { min_x = -nowhere, max_x = nowhere, min_y = -nowhere, max_y = nowhere, limit, offset } = query;
    const model = query.model === undefined ? undefined : modelOfQuery(query.model, query.version);
    const answer = await askModel(parts, exchange, { model, molecules: 0 }, (ref) =>
      parts.inference.unary('ReadMap', {
        ...{ limit, offset, region: { minX: min_x, maxX: max_x, minY: min_y, maxY: max_y } },
        anyNote: query.note ?? [],
        namedOnly: query.named === 'true',
        ...ref,
      }),
    ).catch((error: unknown) => {
      throw asQuery(error);
    });
    const page = presentMap(answer, offset);
    const { next_offset } = page;
    linkNext(request, response, next_offset === undefined ? undefined : { offset: next_offset });
    sendJson(response, 200, page);
  });
}

/** POST /api/v1/research/map. */
export function placeOnMap(parts: ResearchParts): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const body = parse(placeRequestSchema, exchange.body);
    const smiles = moleculesOf(body.smiles);
    const answer = await askModel(parts, exchange, { ...body, molecules: smiles.length }, (ref) =>
      parts.inference.unary('ReadMap', { smiles: [...smiles], ...ref }),
    );
    const answered = presentPlaces(smiles, answer, timingOf(exchange, answer.timing));
    exchange.answered = usableRows(body.smiles, answered.places);
    sendJson(response, 200, answered);
  });
}

/** `model` and `version` of a query string. */
export function modelOfQuery(name: string, version: string | undefined) {
  return version === undefined ? { name } : { name, version };
}

/** An error of inference with the pointers that a query string has. */
function asQuery(error: unknown): unknown {
  if (!(error instanceof AppError) || error.errors.length === 0) return error;
  const names: Readonly<Record<string, string>> = {
    '/any_note': '/note',
    '/model/name': '/model',
    '/model/version': '/version',
  };
  const errors = error.errors.map(({ pointer, detail }) => ({ pointer: names[pointer] ?? pointer, detail }));
  return new AppError(error.code, error.message, { errors, extra: error.extra, cause: error });
}
