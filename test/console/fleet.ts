import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { localApiKey, startFleet } from '@sillage/fleet';
import { makeTestFolder } from '../support/postgres.ts';

/** One embedded fleet for all specs; an installation of your own by SILLAGE_URL and SILLAGE_KEY. */
export default async function setup(): Promise<() => Promise<void>> {
  if (process.env['SILLAGE_URL'] && process.env['SILLAGE_KEY']) return async () => {};
  const folder = makeTestFolder();
  const fleet = await startFleet({
    dataDir: join(folder, 'data'),
    port: 0,
    host: '127.0.0.1',
    env: { RATE_LIMIT_PER_MINUTE: '100000', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32' },
  });
  process.env['SILLAGE_URL'] = fleet.url;
  process.env['SILLAGE_KEY'] = await localApiKey(fleet);
  return async () => {
    await fleet.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
