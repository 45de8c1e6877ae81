import type { IngestReadingsRequest__Output, IngestReadingsResponse } from '@sillage/contracts';
import { readDeviceKey } from '../domain/fields.ts';
import { prepareReadings } from '../domain/ingest.ts';
import { decodeBlock } from '../domain/wire-block.ts';
import type { HandlerParts } from './handlers.ts';
import { presentFindings } from './messages.ts';

/** IngestReadings: inspected, put in order, stored in one statement. */
export async function ingestReadings(
  { devices, readings, types, metrics, now }: HandlerParts,
  request: IngestReadingsRequest__Output,
): Promise<IngestReadingsResponse> {
  const key = readDeviceKey(request);
  const sent = decodeBlock(request.block);
  const device = await devices.get(key);
  const type = await types.find(device.sensorType);
  const prepared = prepareReadings(sent, device, type, now().getTime());
  metrics.found(type.name, prepared.findings);
  if (prepared.kind === 'refused') throw prepared.error;
  const stored = await readings.add(device.id, prepared.block);
  metrics.stored(type.name, stored);
  return {
    stored,
    duplicates: prepared.duplicates + prepared.block.timesMs.length - stored,
    outOfOrder: prepared.outOfOrder,
    findings: presentFindings(prepared.findings),
  };
}
