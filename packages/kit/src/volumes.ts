import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reasonOf } from './errors.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { repeat } from './repeat.ts';

const intervalMs = 15_000;

/**
 * Shows the size of the file systems that a service writes to and the room left on them, by the name of the volume; a
 * folder that is not configured is left out. Looked at in the background: a network file system that hangs must not
 * hang the scrape. Returns what ends it.
 */
export function showVolumes(
  folders: Readonly<Record<string, string | undefined>>,
  metrics: Metrics,
  log: Log,
): () => void {
  return repeat(intervalMs, async () => {
    for (const [volume, folder] of Object.entries(folders)) {
      if (folder === undefined) continue;
      try {
        // A folder that nothing was written to yet lies where its parent does.
        const { bsize, blocks, bavail } = await statfs(folder).catch(() => statfs(dirname(folder)));
        metrics.gauge('olfactory_volume_size_bytes').set({ volume }, bsize * blocks);
        metrics.gauge('olfactory_volume_available_bytes').set({ volume }, bsize * bavail);
      } catch (error) {
        log.debug({ volume, reason: reasonOf(error) }, 'room on the volume not read');
      }
    }
  });
}
