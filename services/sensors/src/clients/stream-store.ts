import { AppError, type Database, type Queryable } from '@sillage/kit';
import { noDevice, type StreamPosition } from '../domain/fields.ts';

/** Streams of a device that are remembered: those that were used last. */
const maxStreams = 100;

const advance = {
  name: 'sensors.advance-streams',
  text: `insert into sensors.streams as stream (device_id, session, settled, touched_at)
   select sent.device_id, sent.session, sent.number, now()
   from unnest($1::uuid[], $2::text[], $3::bigint[]) as sent (device_id, session, number)
   where sent.number = 1 or exists (
     select from sensors.streams where device_id = sent.device_id and session = sent.session
   )
   on conflict (device_id, session) do update set settled = excluded.settled, touched_at = now()
   where stream.settled = excluded.settled - 1
   returning device_id`,
};

const forgetOldest = {
  name: 'sensors.forget-oldest-streams',
  text: `delete from sensors.streams as old using unnest($1::uuid[]) as begun (device_id)
    where old.device_id = begun.device_id and old.session in (
      select session from sensors.streams where device_id = begun.device_id
      order by touched_at desc, session offset $2
    )`,
};

/** How far numbered streams of readings have come, in Postgres. */
export class StreamStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The number of the last message settled; 0 where none is. */
  async settled(deviceId: string, session: string): Promise<number> {
    const [row] = await this.#database.query<{ settled: string }>(
      'select settled from sensors.streams where device_id = $1 and session = $2',
      [deviceId, session],
    );
    return Number(row?.settled ?? 0);
  }

  /**
   * Settles a message without storing anything of it; settled already, it stays so. Throws conflict for a number that is
   * not the next one, not_found when the device has gone.
   */
  async refuse(deviceId: string, position: StreamPosition): Promise<void> {
    const outcome = await unlessGone(
      this.#database.transaction((connection) => settle(connection, [{ deviceId, position }])),
    );
    const failure = outcome.get(deviceId);
    if (failure instanceof AppError) throw failure;
  }
}

/** A message to settle. */
export interface Settling {
  readonly deviceId: string;
  readonly position: StreamPosition;
}

/**
 * Settles messages, at most one of a device, within the transaction that stores them. By device: true, settled now;
 * false, it was before; a conflict for a number that is not the next one. Two senders of one stream wait for each other
 * here.
 */
export async function settle(
  connection: Queryable,
  messages: readonly Settling[],
): Promise<ReadonlyMap<string, boolean | AppError>> {
  const sent = messages.toSorted((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
  const devices = sent.map(({ deviceId }) => deviceId);
  const sessions = sent.map(({ position }) => position.session);
  const advanced = await connection.query<{ device_id: string }>(advance, [
    devices,
    sessions,
    sent.map(({ position }) => position.sequence),
  ]);
  const outcomes = new Map<string, boolean | AppError>(advanced.map(({ device_id }) => [device_id, true]));
  const begun = sent.filter(({ deviceId, position }) => position.sequence === 1 && outcomes.has(deviceId));
  if (begun.length > 0) {
    await connection.query(forgetOldest, [begun.map(({ deviceId }) => deviceId), maxStreams]);
  }
  if (outcomes.size === sent.length) return outcomes;
  const rows = await connection.query<{ device_id: string; settled: string }>(
    `select stream.device_id, stream.settled from sensors.streams as stream
     join unnest($1::uuid[], $2::text[]) as sent (device_id, session) using (device_id, session)`,
    [devices, sessions],
  );
  const settled = new Map(rows.map((row) => [row.device_id, Number(row.settled)]));
  for (const { deviceId, position } of sent) {
    if (outcomes.has(deviceId)) continue;
    const last = settled.get(deviceId) ?? 0;
    outcomes.set(deviceId, position.sequence <= last ? false : notTheNext(last + 1, position.sequence));
  }
  return outcomes;
}

function notTheNext(expected: number, sequence: number): AppError {
  return new AppError(
    'conflict',
    `the next message of this stream has the number ${expected}, not ${sequence}`,
    { extra: { expected } },
  );
}

const foreignKeyViolation = '23503';

async function unlessGone<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === foreignKeyViolation;
    throw isGone ? noDevice() : error;
  }
}
