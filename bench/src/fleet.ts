import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localApiKey, startFleet } from '@sillage/fleet';
import { measureMemory } from './memory.ts';
import type { Goal } from './report.ts';
import { measureSecondStart } from './start.ts';
import { measureUncached } from './uncached.ts';
import { measureWarm } from './warm.ts';

/** An embedded fleet against its baselines. */
export async function measureFleet(rounds: number): Promise<Goal[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sillage-bench-'));
  const options = { dataDir, port: 0, host: '127.0.0.1', env: { LOG_LEVEL: 'info' } };
  try {
    const first = await startFleet(options);
    await localApiKey(first);
    await first.stop();

    const { fleet, seconds } = await measureSecondStart(options);
    const goals: Goal[] = [{ name: 'second start to ready', unit: 's', value: seconds, atMost: 6 }];
    try {
      goals.push(...(await measureMemory(fleet)));
      const key = await localApiKey(fleet);
      goals.push(await measureWarm({ url: fleet.url, key, rounds }));
      goals.push(await measureUncached({ url: fleet.url, key, rounds }));
      return goals;
    } finally {
      await fleet.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
