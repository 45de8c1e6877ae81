// A fleet for the Python tests of this folder: prints where it is as one line of JSON, and stops when its standard
// input ends. The argument is a folder of models, served beside those of this repository.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { localApiKey, startFleet } from '../../scripts/dist/index.js';

const [models] = process.argv.slice(2);
process.env.MODEL_PATH = [join(import.meta.dirname, '../../models'), models].filter(Boolean).join(delimiter);
process.env.MODEL_CONTROL = 'explicit';
const dataDir = mkdtempSync(join(tmpdir(), 'sillage-oip-'));
const fleet = await startFleet({
  dataDir,
  port: 0,
  host: '127.0.0.1',
  env: { RATE_LIMIT_PER_MINUTE: '100000' },
});
console.log(JSON.stringify({ url: fleet.url, grpc: fleet.grpcTarget, key: await localApiKey(fleet) }));
process.stdin.resume().once('end', async () => {
  await fleet.stop();
  rmSync(dataDir, { recursive: true, force: true });
  process.exit(0);
});
