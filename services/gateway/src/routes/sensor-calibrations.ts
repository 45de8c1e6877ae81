import {
  calibrateSchema,
  listCalibrationsQuerySchema,
  presentCalibrated,
  presentCalibration,
  type SensorsServiceDefinition,
  wireCalibration,
} from '@sillage/contracts';
import type { GrpcClient } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { sendJson } from '../http/answer.ts';
import { endpoint } from '../http/exchange.ts';
import { linkNext } from '../http/links.ts';
import { parse } from '../http/parse.ts';
import { deviceOf, span } from './sensors.ts';

type Sensors = GrpcClient<SensorsServiceDefinition>;

/** Calibrations of one page, as the service gives them. */
const pageSize = 500;

/** POST /api/v1/sensors/devices/{id}/calibrations. */
export function calibrate(sensors: Sensors): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const body = parse(calibrateSchema, exchange.body);
    // Refused here already, since the wire knows no text.
    span(body);
    const wire = wireCalibration(body);
    const answer = await sensors.unary('Calibrate', { ...deviceOf(exchange, request), ...wire });
    sendJson(response, 201, presentCalibrated(answer, wire.dryRun));
  });
}

/** GET /api/v1/sensors/devices/{id}/calibrations. */
export function listCalibrations(sensors: Sensors): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { before = 0 } = parse(listCalibrationsQuerySchema, request.query);
    const { calibrations } = await sensors.unary('ListCalibrations', {
      ...deviceOf(exchange, request),
      before,
    });
    const last = calibrations.length === pageSize ? calibrations.at(-1)?.id : undefined;
    const next = last === undefined ? null : String(last);
    linkNext(request, response, next === null ? undefined : { before: next });
    sendJson(response, 200, { calibrations: calibrations.map(presentCalibration), next });
  });
}
