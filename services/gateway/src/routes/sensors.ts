import {
  classificationQuerySchema,
  createDeviceSchema,
  type Device__Output,
  ingestReadingsSchema,
  listDevicesQuerySchema,
  listReadingsQuerySchema,
  maxChannels,
  type PackedReadings,
  packReadings,
  presentClassification,
  presentDevice,
  presentDeviceDetails,
  presentIngested,
  type ReadingJson,
  type SensorsServiceDefinition,
  unpackReadings,
} from '@sillage/contracts';
import { type GrpcClient, internalError, invalidField } from '@sillage/kit';
import type { Request, RequestHandler } from 'express';
import { sendJson } from '../http/answer.ts';
import { callerOf, type Exchange, endpoint } from '../http/exchange.ts';
import { linkNext } from '../http/links.ts';
import { parseNdjsonReadings } from '../http/ndjson.ts';
import { parse } from '../http/parse.ts';
import { idOf } from '../http/path-id.ts';
import { requireModel } from '../middleware/authorisation.ts';
import { TextBody } from '../middleware/body.ts';

type Sensors = GrpcClient<SensorsServiceDefinition>;

/** POST /api/v1/sensors/devices. */
export function createDevice(sensors: Sensors): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const body = parse(createDeviceSchema, exchange.body);
    const { device } = await sensors.unary('CreateDevice', {
      tenantId: callerOf(exchange).tenantId,
      name: body.name,
      sensorType: body.sensor_type ?? '',
    });
    sendJson(response, 201, presentDevice(present(device)));
  });
}

/** GET /api/v1/sensors/devices. */
export function listDevices(sensors: Sensors): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { limit, before = '' } = parse(listDevicesQuerySchema, request.query);
    const { tenantId } = callerOf(exchange);
    const { devices } = await sensors.unary('ListDevices', { tenantId, limit, before });
    const next = devices.length === limit ? (devices.at(-1)?.id ?? null) : null;
    linkNext(request, response, next === null ? undefined : { before: next });
    sendJson(response, 200, { devices: devices.map(presentDevice), next });
  });
}

/** GET /api/v1/sensors/devices/{id}. */
export function getDevice(sensors: Sensors): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { device } = await sensors.unary('GetDevice', deviceOf(exchange, request));
    sendJson(response, 200, presentDeviceDetails(present(device)));
  });
}

/** DELETE /api/v1/sensors/devices/{id}. */
export function deleteDevice(sensors: Sensors): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    await sensors.unary('DeleteDevice', deviceOf(exchange, request));
    response.statusCode = 204;
    response.end();
  });
}

/** POST /api/v1/sensors/devices/{id}/readings, as JSON or NDJSON. */
export function ingestReadings(sensors: Sensors): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { body } = exchange;
    const { readings } = parse(
      ingestReadingsSchema,
      body instanceof TextBody ? { readings: parseNdjsonReadings(body.text) } : body,
    );
    const block = blockOf(readings);
    exchange.fields['readings'] = readings.length;
    const answer = await sensors.unary('IngestReadings', { ...deviceOf(exchange, request), block });
    sendJson(response, 200, presentIngested(answer));
  });
}

/** GET /api/v1/sensors/devices/{id}/readings. */
export function listReadings(sensors: Sensors): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const query = parse(listReadingsQuerySchema, request.query);
    const { block } = await sensors.unary('ListReadings', {
      ...deviceOf(exchange, request),
      ...span(query),
      limit: query.limit,
    });
    const last = block?.timeMs.at(-1);
    const isWhole = last === undefined || (block?.timeMs.length ?? 0) < query.limit;
    const next = isWhole ? null : new Date(last + 1).toISOString();
    linkNext(request, response, next === null ? undefined : { from: next });
    sendJson(response, 200, { readings: unpackReadings(block), next });
  });
}

/** GET /api/v1/sensors/devices/{id}/classification. */
export function classification(sensors: Sensors): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { at } = parse(classificationQuerySchema, request.query);
    const answer = await sensors.unary('GetClassification', {
      ...deviceOf(exchange, request),
      ...(at === undefined ? {} : { atMs: Date.parse(at) }),
    });
    if (answer.modelName !== '') requireModel(exchange, answer.modelName);
    sendJson(response, 200, presentClassification(answer));
  });
}

/** Readings in columns. Throws invalid_input where they name no channel, or too many. */
export function blockOf(readings: readonly ReadingJson[]): PackedReadings {
  assertWidth(readings);
  const block = packReadings(readings);
  if (block.channels.length === 0) {
    throw invalidField('/readings/0/channels', 'no reading has a channel; at least one value is needed');
  }
  return block;
}

/** Looked at before the columns are laid out: ten thousand readings that each name other channels would be gigabytes. */
function assertWidth(readings: readonly ReadingJson[]): void {
  const names = new Set<string>();
  for (const [row, { channels }] of readings.entries()) {
    for (const name in channels) names.add(name);
    if (names.size <= maxChannels) continue;
    throw invalidField(
      `/readings/${row}/channels`,
      `readings must not name more than ${maxChannels} channels in all; send the channels that GET /devices/{id} lists`,
    );
  }
}

/** Whose device a route names. */
export function deviceOf(exchange: Exchange, request: Request): { tenantId: string; deviceId: string } {
  return { tenantId: callerOf(exchange).tenantId, deviceId: idOf(request, 'device') };
}

/** A span of time as the service takes it. Throws invalid_input when the end comes before the beginning. */
export function span(ends: { from?: string | undefined; to?: string | undefined }): {
  fromMs?: number;
  toMs?: number;
} {
  const fromMs = ends.from === undefined ? undefined : Date.parse(ends.from);
  const toMs = ends.to === undefined ? undefined : Date.parse(ends.to);
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs) {
    throw invalidField('/to', 'to must not be before from');
  }
  return { ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) };
}

function present(device: Device__Output | null): Device__Output {
  if (!device) throw internalError('no device in answer');
  return device;
}
