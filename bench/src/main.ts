import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { localApiKey, startFleet } from '@sillage/fleet';
import { measureMemory } from './memory.ts';
import { type Goal, printGoals } from './report.ts';
import { measureSecondStart } from './start.ts';
import { measureUncached } from './uncached.ts';
import { measureWarm } from './warm.ts';

const usage = `usage: npm run bench -- [--rounds N]

Starts an embedded fleet and compares it, in one run on this machine, with its baselines:
  warm      predict from a warm cache against a bare express server that answers the same bytes
  uncached  predict of new molecules against ONNX Runtime alone on ready-made tensors in batches of 32
  memory    resident memory of the idle fleet
  start     time of a second start to ready

  --rounds N   alternations of contender and baseline, 1-6 (default 5); the median of their ratios is reported
`;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, help: { type: 'boolean', default: false } },
});
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const rounds = Number(values.rounds);
// Each round of the uncached measurement needs molecules that were not asked before.
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 6) {
  throw new Error('--rounds must be a whole number from 1 to 6');
}

const dataDir = mkdtempSync(join(tmpdir(), 'sillage-bench-'));
const goals: Goal[] = [];
const options = { dataDir, port: 0, host: '127.0.0.1', env: { LOG_LEVEL: 'info' } };
try {
  const first = await startFleet(options);
  await localApiKey(first);
  await first.stop();

  const { fleet, seconds } = await measureSecondStart(options);
  goals.push({ name: 'second start to ready', unit: 's', value: seconds, atMost: 6 });
  try {
    goals.push(...(await measureMemory(fleet)));
    const key = await localApiKey(fleet);
    goals.push(await measureWarm({ url: fleet.url, key, rounds }));
    goals.push(await measureUncached({ url: fleet.url, key, rounds }));
  } finally {
    await fleet.stop();
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
printGoals(goals);
process.exit(goals.every(({ isHeld }) => isHeld !== false) ? 0 : 1);
