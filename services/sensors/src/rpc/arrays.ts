import type {
  ArrayMember,
  ClassifyArrayRequest__Output,
  ClassifyArrayResponse,
  CreateArrayRequest__Output,
  CreateArrayResponse,
  SensorArray,
} from '@sillage/contracts';
import { AppError, invalidField } from '@sillage/kit';
import { type ArrayRecord, noArray } from '../clients/array-store.ts';
import type { DeviceRecord } from '../clients/device-store.ts';
import { isUuid, readDeviceName, readTenantId } from '../domain/fields.ts';
import { alignedEnd, fuse, silentAfterMs } from '../domain/fuse.ts';
import { judgeSmell } from '../domain/smell.ts';
import { type Smelt, smellAt, statuses } from './classify-window.ts';
import type { HandlerParts } from './handlers.ts';

const members = { least: 2, most: 16 } as const;

/** CreateArray: devices of the tenant, all of one type. */
export async function createArray(
  { arrays, devices, now, newId }: HandlerParts,
  request: CreateArrayRequest__Output,
): Promise<CreateArrayResponse> {
  const tenantId = readTenantId(request.tenantId);
  const name = readDeviceName(request.name);
  const { deviceIds } = request;
  if (deviceIds.length < members.least || deviceIds.length > members.most) {
    throw invalidField('/devices', `an array has ${members.least} to ${members.most} devices`);
  }
  let type: string | undefined;
  for (const [at, deviceId] of deviceIds.entries()) {
    const pointer = `/devices/${at}`;
    if (deviceIds.indexOf(deviceId) !== at) throw invalidField(pointer, 'this device is in the list already');
    const device = isUuid(deviceId) && (await devices.get({ tenantId, deviceId }).catch(undefinedIfGone));
    if (!device) throw invalidField(pointer, 'there is no such device; GET /sensors/devices lists yours');
    type ??= device.sensorType;
    if (device.sensorType !== type) {
      throw invalidField(
        pointer,
        `devices of an array must be of one type: this is ${device.sensorType}, the first is ${type}`,
      );
    }
  }
  const array = { id: newId(), tenantId, name, deviceIds, createdAt: now() };
  await arrays.add(array);
  return { array: presentArray(array) };
}

/** ClassifyArray: each device's window up to one moment, classified and fused. */
export async function classifyArray(
  parts: HandlerParts,
  request: ClassifyArrayRequest__Output,
): Promise<ClassifyArrayResponse> {
  const tenantId = readTenantId(request.tenantId);
  if (!isUuid(request.arrayId)) throw noArray();
  const array = await parts.arrays.get(tenantId, request.arrayId);
  const found = await Promise.all(
    array.deviceIds.map((deviceId) => parts.devices.get({ tenantId, deviceId }).catch(undefinedIfGone)),
  );
  const present = found.flatMap((device) => device ?? []);
  const [first] = present;
  if (!first) throw new AppError('conflict', 'every device of this array was removed; delete the array');
  const type = await parts.types.find(first.sensorType);
  const endMs = request.atMs ?? alignedEnd(present);
  const smelt = new Map<DeviceRecord, Smelt>();
  await Promise.all(
    present.map(async (device) => {
      if (endMs !== undefined) smelt.set(device, await smellAt(parts, device, type, endMs));
    }),
  );
  const told = array.deviceIds.map((id, at) => memberOf(id, found[at], smelt, endMs, parts.now()));
  const used = present.filter((device) =>
    told.some(({ deviceId, part }) => deviceId === device.id && part === 'used'),
  );
  const heard = used.flatMap((device) => {
    const { prepared, smell } = smelt.get(device) ?? {};
    return prepared && smell ? [{ device, smell, coverage: prepared.window.coveredS / type.windowS }] : [];
  });
  const fused = fuse(heard.map(({ smell, coverage }) => ({ ...smell, coverage })));
  const best = fused.substances[0] ?? '';
  const weakest = heard.find(
    ({ device }) => judgeSmell(false, device.calibration, parts.now()) === 'uncalibrated',
  );
  const status = judgeSmell(
    fused.isUnknown,
    (weakest ?? heard[0])?.device.calibration ?? { kind: 'uncalibrated' },
    parts.now(),
  );
  return {
    array: presentArray(array),
    degraded: told.some(({ part }) => part !== 'used'),
    members: told,
    classification: {
      status: heard.length > 0 ? statuses[status] : 'CLASSIFICATION_STATUS_WARMING_UP',
      substance: best,
      substances: [...fused.substances],
      probabilities: [...fused.probabilities],
      notes:
        status === 'unknown_pattern'
          ? []
          : [...(heard.find(({ smell }) => smell.substances[0] === best)?.smell.notes ?? [])],
      windowS: heard.length > 0 ? Math.min(...heard.map(({ coverage }) => coverage * type.windowS)) : 0,
      neededS: type.windowS,
      windowEnd: endMs === undefined ? '' : new Date(endMs).toISOString(),
      modelName: type.model.name,
      modelVersion: type.model.version,
    },
  };
}

function memberOf(
  deviceId: string,
  device: DeviceRecord | undefined,
  smelt: ReadonlyMap<DeviceRecord, Smelt>,
  endMs: number | undefined,
  now: Date,
): ArrayMember {
  if (!device) return { deviceId, part: 'removed' };
  const { prepared, smell } = smelt.get(device) ?? {};
  const lastMs = prepared?.window.endMs;
  if (endMs === undefined || lastMs === undefined) return { deviceId, part: 'silent' };
  const lagS = Math.max(0, (endMs - lastMs) / 1000);
  if (endMs - lastMs > silentAfterMs) return { deviceId, part: 'silent', lagS };
  if (!smell) return { deviceId, part: 'warming_up', lagS };
  return {
    ...{ deviceId, part: 'used', lagS },
    status: statuses[judgeSmell(smell.isUnknown, device.calibration, now)],
    substance: smell.substances[0] ?? '',
    probability: smell.probabilities[0] ?? 0,
  };
}

export function presentArray({ id, name, deviceIds, createdAt }: ArrayRecord): SensorArray {
  return { id, name, deviceIds: [...deviceIds], createdAt: createdAt.toISOString() };
}

function undefinedIfGone(error: unknown): undefined {
  if (!(error instanceof AppError && error.code === 'not_found')) throw error;
}
