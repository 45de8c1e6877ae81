import { AppError, type Database } from '@sillage/kit';
import type { Baseline } from '../domain/baseline-drift.ts';
import type { Calibration, CalibrationMode } from '../domain/calibration.ts';
import type { Environment } from '../domain/environment.ts';
import { type DeviceKey, noDevice, noSuchPage, type Span } from '../domain/fields.ts';

export interface NewDevice {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly sensorType: string;
  readonly channels: readonly string[];
  readonly createdAt: Date;
}

export interface DeviceRecord extends NewDevice {
  readonly readings: number;
  readonly lastReadingMs: number | undefined;
  readonly calibration: Calibration;
  readonly calibratedAt: Date | undefined;
}

/** The second point of a calibration: when, and what the reference device reports in that gas, by channel. */
export interface SecondPoint extends Span {
  readonly levels: ReadonlyMap<string, number>;
}

/** Who calibrated, with which gas, and what else is to be known. */
export interface Certificate {
  readonly performedBy: string;
  readonly referenceGas: string;
  readonly note: string;
}

export interface NewCalibration {
  readonly calibration: Calibration & { readonly kind: 'calibrated' };
  readonly span: Span;
  readonly second: SecondPoint | undefined;
  readonly certificate: Certificate | undefined;
  readonly readingsUsed: number;
  readonly at: Date;
}

/** The last two calibrations of a device, newest first, and when the last one expires. */
export interface LastBaselines {
  readonly id: string;
  readonly baselines: readonly Baseline[];
  readonly expiresAt: Date | undefined;
}

/** Far more than a laboratory has, and a bound on what a list returns. */
export const maxDevices = 1000;
const calibrationPage = 500;

export interface CalibrationRecord extends NewCalibration {
  readonly id: number;
}

/** How a calibration is kept. */
type HeldRow = {
  mode: CalibrationMode;
  baseline: Record<string, number>;
  gains: Record<string, number>;
  environment: Environment | null;
  expires_at: Date | null;
};

type CalibrationRow = HeldRow & {
  id: string;
  span: { fromMs?: number; toMs?: number; levels: Record<string, number> } | null;
  certificate: Certificate | null;
  from_ms: string | null;
  to_ms: string | null;
  readings_used: number;
  created_at: Date;
};

// Declared as a type, not an interface: a query's row must fit Record<string, unknown>.
type DeviceRow = {
  id: string;
  tenant_id: string;
  name: string;
  sensor_type: string;
  channels: string[];
  created_at: Date;
  readings: string;
  last_reading_ms: string | null;
  mode: CalibrationMode | null;
  calibrated_at: Date | null;
} & Omit<HeldRow, 'mode'>;

const selectDevice = `
  select device.id, device.tenant_id, device.name, device.sensor_type, device.channels, device.created_at,
    device.readings, device.last_reading_ms, calibration.*
  from sensors.devices as device
  left join lateral (
    select mode, baseline, gains, environment, expires_at, created_at as calibrated_at from sensors.calibrations
    where device_id = device.id order by id desc limit 1
  ) as calibration on true`;

const getDevice = {
  name: 'sensors.get-device',
  text: `${selectDevice} where device.id = $2 and device.tenant_id = $1`,
};

/** Devices and their calibrations in Postgres. What belongs to another tenant is not_found. */
export class DeviceStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws conflict when the tenant has as many devices as it may. */
  async add(device: NewDevice): Promise<DeviceRecord> {
    await this.#database.transaction(async (connection) => {
      // Two at once count one after the other.
      await connection.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [device.tenantId]);
      const [owned] = await connection.query<{ count: number }>(
        'select count(*)::int as count from sensors.devices where tenant_id = $1',
        [device.tenantId],
      );
      if (owned && owned.count >= maxDevices) {
        throw new AppError('conflict', `a tenant has at most ${maxDevices} devices; delete one first`);
      }
      await connection.query(
        `insert into sensors.devices (id, tenant_id, name, sensor_type, channels, created_at)
         values ($1, $2, $3, $4, $5, $6)`,
        [device.id, device.tenantId, device.name, device.sensorType, device.channels, device.createdAt],
      );
    });
    return {
      ...device,
      readings: 0,
      lastReadingMs: undefined,
      calibration: { kind: 'uncalibrated' },
      calibratedAt: undefined,
    };
  }

  /**
   * Newest first; `before` is the last one of the page before, absent: the first page. Throws invalid_input where it is
   * none of this tenant's devices.
   */
  async list(
    tenantId: string,
    page: { readonly limit: number; readonly before: string | undefined } = {
      limit: maxDevices,
      before: undefined,
    },
  ): Promise<readonly DeviceRecord[]> {
    if (page.before !== undefined) {
      const [known] = await this.#database.query(
        'select from sensors.devices where tenant_id = $1 and id = $2',
        [tenantId, page.before],
      );
      if (!known) throw noSuchPage();
    }
    const rows = await this.#database.query<DeviceRow>(
      `${selectDevice} left join sensors.devices as last on last.id = $2::uuid
       where device.tenant_id = $1 and (last.id is null or device.created_at < last.created_at
         or (device.created_at = last.created_at and device.id > last.id))
       order by device.created_at desc, device.id limit $3`,
      [tenantId, page.before ?? null, page.limit],
    );
    return rows.map(toRecord);
  }

  /** Throws not_found. */
  async get({ tenantId, deviceId }: DeviceKey): Promise<DeviceRecord> {
    const [row] = await this.#database.query<DeviceRow>(getDevice, [tenantId, deviceId]);
    if (!row) throw noDevice();
    return toRecord(row);
  }

  /** Removes the device, its calibrations and what is left of its readings. Throws not_found. */
  async remove({ tenantId, deviceId }: DeviceKey): Promise<void> {
    await this.#database.transaction(async (connection) => {
      // First: who stores readings locks the device, and finds it gone.
      const removed = await connection.query(
        'delete from sensors.devices where id = $2 and tenant_id = $1 returning id',
        [tenantId, deviceId],
      );
      if (removed.length === 0) throw noDevice();
      await connection.query('delete from sensors.readings where device_id = $1', [deviceId]);
      await connection.query('delete from sensors.reading_minutes where device_id = $1', [deviceId]);
    });
  }

  /** Adds a calibration; earlier ones are kept. Resolves with its id. Throws not_found when the device has gone. */
  async calibrate({ tenantId, deviceId }: DeviceKey, added: NewCalibration): Promise<number> {
    const { calibration, span, second } = added;
    const [row] = await this.#database.query<{ id: string }>(
      `insert into sensors.calibrations (device_id, mode, baseline, from_ms, to_ms, readings_used, created_at,
         gains, span, environment, certificate, expires_at)
       select id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 from sensors.devices where id = $2 and tenant_id = $1
       for key share returning id`,
      [
        tenantId,
        deviceId,
        calibration.mode,
        JSON.stringify(Object.fromEntries(calibration.baseline)),
        span.fromMs ?? null,
        span.toMs ?? null,
        added.readingsUsed,
        added.at,
        JSON.stringify(Object.fromEntries(calibration.gains ?? [])),
        second ? JSON.stringify({ ...second, levels: Object.fromEntries(second.levels) }) : null,
        calibration.environment ? JSON.stringify(calibration.environment) : null,
        added.certificate ? JSON.stringify(added.certificate) : null,
        calibration.expiresAt ?? null,
      ],
    );
    if (!row) throw noDevice();
    return Number(row.id);
  }

  /** Newest first, at most 500 from before `before`. The caller has made sure whose device it is. */
  async calibrations(deviceId: string, before: number): Promise<readonly CalibrationRecord[]> {
    const rows = await this.#database.query<CalibrationRow>(
      `select id, mode, baseline, from_ms, to_ms, readings_used, created_at, gains, span, environment, certificate,
         expires_at
       from sensors.calibrations
       where device_id = $1 and ($2::bigint = 0 or id < $2) order by id desc limit ${calibrationPage}`,
      [deviceId, before],
    );
    return rows.map((row) => ({
      id: Number(row.id),
      calibration: readHeld(row),
      span: { fromMs: numberOf(row.from_ms), toMs: numberOf(row.to_ms) },
      second: row.span
        ? {
            fromMs: row.span.fromMs,
            toMs: row.span.toMs,
            levels: new Map(Object.entries(row.span.levels)),
          }
        : undefined,
      certificate: row.certificate ?? undefined,
      readingsUsed: row.readings_used,
      at: row.created_at,
    }));
  }

  /** The last calibrations, newest first and at most two, of each of the devices that measured last. */
  async lastBaselines(limit: number): Promise<readonly LastBaselines[]> {
    const rows = await this.#database.query<{
      id: string;
      baselines: Record<string, number>[];
      expires_at: Date | null;
    }>(
      `select device.id, (
         select expires_at from sensors.calibrations where device_id = device.id order by id desc limit 1
       ), coalesce((
         select jsonb_agg(last.baseline order by last.id desc) from (
           select c.id, c.baseline from sensors.calibrations c where c.device_id = device.id order by c.id desc limit 2
         ) last
       ), '[]') as baselines
       from (
         select id, coalesce(last_reading_ms, 0) as at from sensors.devices order by 2 desc, id limit $1
       ) as device`,
      [limit],
    );
    return rows.map(({ id, baselines, expires_at }) => ({
      id,
      expiresAt: expires_at ?? undefined,
      baselines: baselines.map((levels) => new Map(Object.entries(levels))),
    }));
  }
}

function toRecord(row: DeviceRow): DeviceRecord {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    name: row.name,
    sensorType: row.sensor_type,
    channels: row.channels,
    createdAt: row.created_at,
    readings: Number(row.readings),
    lastReadingMs: row.last_reading_ms === null ? undefined : Number(row.last_reading_ms),
    calibration: row.mode ? readHeld({ ...row, mode: row.mode }) : { kind: 'uncalibrated' },
    calibratedAt: row.calibrated_at ?? undefined,
  };
}

function readHeld(row: HeldRow): Calibration & { readonly kind: 'calibrated' } {
  return {
    kind: 'calibrated',
    mode: row.mode,
    baseline: new Map(Object.entries(row.baseline)),
    gains: new Map(Object.entries(row.gains)),
    environment: row.environment ?? undefined,
    expiresAt: row.expires_at ?? undefined,
  };
}

function numberOf(text: string | null): number | undefined {
  return text === null ? undefined : Number(text);
}
