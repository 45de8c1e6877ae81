import type { IngestReadingsRequest__Output, IngestReadingsResponse } from '@sillage/contracts';
import { AppError } from '@sillage/kit';
import type { KnownDevice } from '../clients/known-devices.ts';
import { judgeClock, rememberedArrivals } from '../domain/clock-skew.ts';
import { readDeviceKey, readStreamPosition } from '../domain/fields.ts';
import { type PreparedReadings, prepareReadings } from '../domain/ingest.ts';
import type { QualityFinding } from '../domain/quality.ts';
import type { SensorType } from '../domain/sensor-type.ts';
import { decodeBlock } from '../domain/wire-block.ts';
import type { HandlerParts } from './handlers.ts';
import { presentFindings } from './messages.ts';

type Accepted = PreparedReadings & { readonly kind: 'accepted' };

/** Refused readings that an answer lists; all are counted. */
const maxListed = 100;

/** IngestReadings: inspected, put in order, stored together with what others send. A refused message is settled too. */
export async function ingestReadings(
  parts: HandlerParts,
  request: IngestReadingsRequest__Output,
): Promise<IngestReadingsResponse> {
  const { known, live, writer, streams, types, metrics } = parts;
  const key = readDeviceKey(request);
  const position = readStreamPosition(request.stream);
  const device = await known.get(key);
  const type = await types.find(device.sensorType);
  let prepared: Accepted;
  try {
    prepared = accept(parts, request, device, type);
  } catch (error) {
    if (position && error instanceof AppError) await streams.refuse(device.id, position);
    throw error;
  }
  const stored = await writer.write(device.id, prepared.block, position).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not_found') known.forget(key);
    throw error;
  });
  if (stored === undefined) return { alreadySettled: true };
  metrics.stored(type.name, stored);
  if (stored === prepared.block.timesMs.length) live.stored(device.id, prepared.block);
  return {
    stored,
    duplicates: prepared.duplicates + prepared.block.timesMs.length - stored,
    outOfOrder: prepared.outOfOrder,
    findings: presentFindings(prepared.findings),
    refused: prepared.refused.slice(0, maxListed),
    refusedTotal: prepared.refused.length,
  };
}

/** Throws invalid_input or too_large for what cannot be stored; what was found is counted either way. */
function accept(
  { faults, metrics, now, maxAgeMs }: HandlerParts,
  request: IngestReadingsRequest__Output,
  device: KnownDevice,
  type: SensorType,
): Accepted {
  const at = now();
  const times = { nowMs: at.getTime(), maxAgeMs };
  const prepared = prepareReadings(decodeBlock(request.block), device, type, times);
  const clock = prepared.kind === 'accepted' ? lookAtClock(device, prepared, at.getTime()) : [];
  const findings = [...prepared.findings, ...clock];
  metrics.found(type.name, findings);
  faults.note(device.id, findings, at);
  if (prepared.kind === 'refused') throw prepared.error;
  return { ...prepared, findings };
}

function lookAtClock(
  { arrivals }: KnownDevice,
  { block }: Accepted,
  receivedMs: number,
): readonly QualityFinding[] {
  arrivals.push({ newestMs: block.timesMs.at(-1) ?? receivedMs, receivedMs });
  if (arrivals.length > rememberedArrivals) arrivals.shift();
  return judgeClock(arrivals);
}
