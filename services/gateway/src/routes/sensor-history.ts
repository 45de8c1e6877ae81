import {
  historyQuerySchema,
  presentHistory,
  type SensorsServiceDefinition,
  wireResolutions,
} from '@sillage/contracts';
import type { GrpcClient } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { sendJson } from '../http/answer.ts';
import { endpoint } from '../http/exchange.ts';
import { linkNext } from '../http/links.ts';
import { parse } from '../http/parse.ts';
import { deviceOf, span } from './sensors.ts';

/** GET /api/v1/sensors/devices/{id}/history. */
export function readHistory(sensors: GrpcClient<SensorsServiceDefinition>): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const query = parse(historyQuerySchema, request.query);
    const answer = await sensors.unary('GetHistory', {
      ...deviceOf(exchange, request),
      ...span(query),
      points: query.points,
      resolution: wireResolutions[query.resolution],
    });
    const shown = presentHistory(answer);
    linkNext(request, response, shown.next === null ? undefined : { from: shown.next });
    sendJson(response, 200, shown);
  });
}
