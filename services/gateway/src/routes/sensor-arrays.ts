import {
  classifyArrayQuerySchema,
  createArraySchema,
  presentArray,
  presentArrayClassification,
  type SensorsServiceDefinition,
} from '@sillage/contracts';
import { type GrpcClient, internalError } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { sendJson } from '../http/answer.ts';
import { callerOf, endpoint } from '../http/exchange.ts';
import { parse } from '../http/parse.ts';
import { idOf } from '../http/path-id.ts';
import { requireModel } from '../middleware/authorisation.ts';

type Sensors = GrpcClient<SensorsServiceDefinition>;

/** POST /api/v1/sensors/arrays. */
export function createArray(sensors: Sensors): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const { name, devices } = parse(createArraySchema, exchange.body);
    const { tenantId } = callerOf(exchange);
    const { array } = await sensors.unary('CreateArray', { tenantId, name, deviceIds: devices });
    if (!array) throw internalError('no array in answer');
    sendJson(response, 201, presentArray(array));
  });
}

/** GET /api/v1/sensors/arrays. */
export function listArrays(sensors: Sensors): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const { arrays } = await sensors.unary('ListArrays', { tenantId: callerOf(exchange).tenantId });
    sendJson(response, 200, { arrays: arrays.map(presentArray) });
  });
}

/** DELETE /api/v1/sensors/arrays/{id}. */
export function deleteArray(sensors: Sensors): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { tenantId } = callerOf(exchange);
    await sensors.unary('DeleteArray', { tenantId, arrayId: idOf(request, 'array') });
    response.statusCode = 204;
    response.end();
  });
}

/** GET /api/v1/sensors/arrays/{id}/classification. */
export function classifyArray(sensors: Sensors): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { at } = parse(classifyArrayQuerySchema, request.query);
    const answer = await sensors.unary('ClassifyArray', {
      tenantId: callerOf(exchange).tenantId,
      arrayId: idOf(request, 'array'),
      ...(at === undefined ? {} : { atMs: Date.parse(at) }),
    });
    const model = answer.classification?.modelName ?? '';
    if (model !== '') requireModel(exchange, model);
    sendJson(response, 200, presentArrayClassification(answer));
  });
}
