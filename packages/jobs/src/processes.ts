import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, type Log, type Row, reasonOf, repeat, type SelfReport } from '@sillage/kit';

/** How often a process says how it is. */
export const heartbeatMs = 5000;
/** After this a process that says nothing is forgotten. */
const forgetAfterS = 600;

const farewellMs = 1000;

/** A process as it last reported. */
export interface SeenProcess {
  readonly report: SelfReport;
  /** Since the last report. */
  readonly silentMs: number;
}

/** Says now and then how this process is. Returns what ends it, and takes the process off the list. */
export function showProcess(
  database: Database,
  look: () => Promise<SelfReport>,
  log: Log,
): () => Promise<void> {
  const id = randomUUID();
  const stop = repeat(heartbeatMs, async () => {
    try {
      const report = await look();
      await database.query(
        `insert into jobs.processes (id, service, report) values ($1, $2, $3)
         on conflict (id) do update set report = excluded.report, seen_at = now()`,
        [id, report.service, JSON.stringify(report)],
      );
      await database.query(`delete from jobs.processes where seen_at < now() - interval '${forgetAfterS} s'`);
    } catch (error) {
      log.debug({ reason: reasonOf(error) }, 'not reported');
    }
  });
  return async () => {
    stop();
    const gone = database.query('delete from jobs.processes where id = $1', [id]).catch(() => {});
    // Where Postgres is away others forget it by its age.
    await Promise.race([gone, delay(farewellMs, undefined, { ref: false })]);
  };
}

/** Every process that has reported of late, by service and age. */
export function seenProcesses(database: Database): Promise<readonly SeenProcess[]> {
  return database.query<SeenProcess & Row>(
    `select report, greatest(0, extract(epoch from now() - seen_at) * 1000)::float8 as "silentMs"
     from jobs.processes order by service, report ->> 'startedAt'`,
  );
}
