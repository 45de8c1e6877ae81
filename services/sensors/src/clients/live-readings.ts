import type { Database } from '@sillage/kit';
import { append, type NewestReadings, trim } from '../domain/newest-readings.ts';
import type { ReadingBlock } from '../domain/readings.ts';
import type { DeviceRecord } from './device-store.ts';

type NewestRow = { version: string; time_ms: string | null; channel_values: number[] | null };

/** Devices that are asked about; the one asked about longest ago is forgotten first. */
const maxDevices = 2000;

const readNewest = {
  name: 'sensors.read-newest',
  text: `select device.readings as version, newest.time_ms, newest.channel_values
    from sensors.devices as device left join lateral (
      select time_ms, channel_values from sensors.readings
      where device_id = device.id and time_ms >= $2 and time_ms <= device.last_reading_ms
      order by time_ms desc limit $3
    ) as newest on true
    where device.id = $1 order by newest.time_ms`,
};

/**
 * The newest readings of the devices that are asked what they smell, in memory: an answer each second reads the one
 * reading that is new. Whether they still are the newest is told by how many readings the device has in all, whichever
 * pod stored them; where that does not fit they are read anew.
 */
export class LiveReadings {
  readonly #database: Database;
  readonly #limit: number;
  readonly #known = new Map<string, NewestReadings & { readonly spanMs: number }>();

  constructor(options: { readonly database: Database; readonly limit: number }) {
    this.#database = options.database;
    this.#limit = options.limit;
  }

  /** The readings of the last `spanMs` of what the device measured, oldest first. */
  async newest(device: DeviceRecord, spanMs: number): Promise<ReadingBlock> {
    const known = this.#known.get(device.id);
    if (known && known.version === device.readings && known.spanMs === spanMs) {
      this.#remember(device.id, known, spanMs);
      return known.block;
    }
    const next = (known?.spanMs === spanMs && (await this.#goOn(device, known, spanMs))) || undefined;
    const read = next ?? (await this.#readAnew(device, spanMs));
    this.#remember(device.id, read, spanMs);
    return read.block;
  }

  /** What this pod has just stored of a device, all of it new: saves reading it. */
  stored(deviceId: string, block: ReadingBlock): void {
    const known = this.#known.get(deviceId);
    if (!known) return;
    const version = known.version + block.timesMs.length;
    const next = append(known, block, version, { spanMs: known.spanMs, limit: this.#limit });
    // Not the newest: the next to ask reads anew.
    if (next) this.#known.set(deviceId, { ...next, spanMs: known.spanMs });
  }

  async #goOn(
    device: DeviceRecord,
    known: NewestReadings,
    spanMs: number,
  ): Promise<NewestReadings | undefined> {
    const last = known.block.timesMs.at(-1);
    if (last === undefined) return undefined;
    const { version, block } = await this.#read(device, last + 1);
    return append(known, block, version, { spanMs, limit: this.#limit });
  }

  async #readAnew(device: DeviceRecord, spanMs: number): Promise<NewestReadings> {
    const { version, block } = await this.#read(device, (device.lastReadingMs ?? 0) - spanMs);
    return { version, block: trim(block, { spanMs, limit: this.#limit }) };
  }

  /** Readings and their count as of one moment. */
  async #read(
    { id, channels }: DeviceRecord,
    fromMs: number,
  ): Promise<{ version: number; block: ReadingBlock }> {
    const rows = await this.#database.query<NewestRow>(readNewest, [id, fromMs, this.#limit]);
    const found = rows.flatMap(({ time_ms, channel_values }) =>
      time_ms === null || channel_values === null ? [] : [{ time: Number(time_ms), channel_values }],
    );
    const values = new Float64Array(found.length * channels.length);
    for (const [row, { channel_values }] of found.entries())
      values.set(channel_values, row * channels.length);
    const block = { channels, timesMs: found.map(({ time }) => time), values };
    return { version: Number(rows[0]?.version ?? 0), block };
  }

  #remember(id: string, newest: NewestReadings, spanMs: number): void {
    this.#known.delete(id);
    this.#known.set(id, { version: newest.version, block: newest.block, spanMs });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= maxDevices) break;
      this.#known.delete(oldest);
    }
  }
}
