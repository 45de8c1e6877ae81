import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localApiKey, startFleet, tryJob } from '@sillage/fleet';
import type { Goal } from './report.ts';

/** Small, so that the figures are about jobs and not about a model. */
const model = 'olfactory-fast';

/**
 * A large prediction job that is cancelled, resumed and loses its worker twice: that no row and no event is missing,
 * and that gateway and worker stay small however large the job is.
 */
export async function measureJobs(options: {
  readonly molecules: number;
  /** Where the queue lives; absent: in Postgres. */
  readonly redisUrl: string | undefined;
}): Promise<Goal[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sillage-bench-'));
  try {
    const fleet = await startFleet({ dataDir, port: 0, host: '127.0.0.1', redisUrl: options.redisUrl });
    try {
      const key = await localApiKey(fleet);
      const onEvent = (text: string) => console.error(text);
      const report = await tryJob({ fleet, key, molecules: options.molecules, model, onEvent });
      const { kills, reconnects, failed } = report;
      return [
        {
          name: 'rows',
          unit: '',
          value: report.rows,
          detail: `${kills} workers killed, ${failed} bad molecules`,
        },
        { name: 'rows missing', unit: '', value: report.missing, atMost: 0 },
        { name: 'rows twice', unit: '', value: report.twice, atMost: 0 },
        { name: 'rows in the wrong place', unit: '', value: report.wrong, atMost: 0 },
        { name: 'events', unit: '', value: report.events, detail: `streams broken off ${reconnects} times` },
        { name: 'events missed', unit: '', value: report.missedEvents, atMost: 0 },
        { name: 'gateway, largest', unit: 'MB', value: report.gatewayMb, atMost: 500 },
        { name: 'worker, largest', unit: 'MB', value: report.workerMb, atMost: 500 },
        { name: 'from upload to last row read', unit: 's', value: report.seconds },
      ];
    } finally {
      await fleet.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
