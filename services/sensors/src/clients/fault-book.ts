import { type Database, type Log, reasonOf } from '@sillage/kit';
import type { QualityFinding } from '../domain/quality.ts';

export interface FaultRecord {
  readonly channel: string;
  readonly kind: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly readings: number;
  readonly detail: string;
}

interface Noted {
  readonly deviceId: string;
  readonly channel: string;
  readonly kind: string;
  readonly firstAt: Date;
  lastAt: Date;
  readings: number;
  detail: string;
}

/** Findings that are not written yet; more are let go of, the counters of the metrics have them all. */
const maxNoted = 20_000;
const shown = 200;
const newsAfterMs = 300_000;

type FaultRow = {
  channel: string;
  kind: string;
  first_at: Date;
  last_at: Date;
  readings: string;
  detail: string;
};

/** What was found wrong with devices, in Postgres: collected in memory and written every few seconds. */
export class FaultBook {
  readonly #database: Database;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #noted = new Map<string, Noted>();
  /** When each was noted last, the longest ago first. */
  readonly #heard = new Map<string, number>();

  constructor(options: { readonly database: Database; readonly log: Log; readonly writeMs: number }) {
    this.#database = options.database;
    this.#log = options.log;
    this.#timer = setInterval(() => void this.write(), options.writeMs);
    this.#timer.unref();
  }

  /** Returns the findings that are news: not noted within the last minutes. */
  note(deviceId: string, findings: readonly QualityFinding[], at: Date): readonly QualityFinding[] {
    const news: QualityFinding[] = [];
    for (const finding of findings) {
      const { channel, kind, count, detail } = finding;
      // Of the sender, and there may be any number of them.
      if (kind === 'unknown_channel' || kind === 'not_finite') continue;
      const name = `${deviceId}/${channel}/${kind}`;
      if (at.getTime() - (this.#heard.get(name) ?? 0) > newsAfterMs) news.push(finding);
      this.#hear(name, at);
      const known = this.#noted.get(name);
      if (known) {
        known.lastAt = at;
        known.readings += count;
        known.detail = detail;
      } else if (this.#noted.size < maxNoted) {
        this.#noted.set(name, { deviceId, channel, kind, firstAt: at, lastAt: at, readings: count, detail });
      }
    }
    return news;
  }

  #hear(name: string, at: Date): void {
    this.#heard.delete(name);
    this.#heard.set(name, at.getTime());
    for (const oldest of this.#heard.keys()) {
      if (this.#heard.size <= maxNoted) break;
      this.#heard.delete(oldest);
    }
  }

  /** What was found wrong with a device, newest first. */
  async of(deviceId: string): Promise<readonly FaultRecord[]> {
    await this.write();
    const rows = await this.#database.query<FaultRow>(
      `select channel, kind, first_at, last_at, readings, detail from sensors.faults
       where device_id = $1 order by last_at desc, channel, kind limit ${shown}`,
      [deviceId],
    );
    return rows.map((row) => ({
      channel: row.channel,
      kind: row.kind,
      firstAt: row.first_at,
      lastAt: row.last_at,
      readings: Number(row.readings),
      detail: row.detail,
    }));
  }

  /** Writes what was noted. Never rejects: what cannot be written is told by the metrics alone. */
  async write(): Promise<void> {
    const noted = [...this.#noted.values()];
    if (noted.length === 0) return;
    this.#noted = new Map();
    try {
      await this.#database.query(
        `insert into sensors.faults as fault (device_id, channel, kind, first_at, last_at, readings, detail)
         select note.* from unnest(
           $1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::bigint[], $7::text[]
         ) as note (device_id, channel, kind, first_at, last_at, readings, detail)
         join (select id from sensors.devices where id = any($1) order by id for key share) as device
           on device.id = note.device_id
         order by 1, 2, 3
         on conflict (device_id, channel, kind) do update
         set last_at = excluded.last_at, readings = fault.readings + excluded.readings, detail = excluded.detail`,
        [
          noted.map(({ deviceId }) => deviceId),
          noted.map(({ channel }) => channel),
          noted.map(({ kind }) => kind),
          noted.map(({ firstAt }) => firstAt),
          noted.map(({ lastAt }) => lastAt),
          noted.map(({ readings }) => readings),
          noted.map(({ detail }) => detail),
        ],
      );
    } catch (error) {
      this.#log.debug({ reason: reasonOf(error) }, 'faults of devices not written');
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.write();
  }
}
