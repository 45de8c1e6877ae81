import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { findMosquitto, mosquittoAdvice } from './tools/mosquitto.ts';
import { bringRedis, redisAdvice } from './tools/redis.ts';

const root = join(import.meta.dirname, '../..');

const usage = `usage: npm test -- [options] [PATTERN…]

Runs every test against real servers: unit and contract tests, then end to end, embedded and as a fleet on Redis.
PATTERN limits it to test files whose path matches.

  --require-redis       fail where Redis cannot be had (otherwise its tests are left out, with a word about it)
  --require-mosquitto   the same of mosquitto, for MQTT 5, TLS and access lists; MQTT 3.1.1 needs nothing installed
`;

/** A server that not every machine has, with the test files that need it. */
interface Server {
  readonly name: string;
  readonly isThere: boolean;
  readonly isRequired: boolean;
  readonly files: readonly string[];
  readonly what: string;
  readonly advice: string;
}

/** moto's server, from PyPI. `.ci/run s3` brings it. */
const s3Advice = 'let SILLAGE_S3_SERVER be the path of moto_server (pip install "moto[server,s3]")';

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numFailedTestSuites: z.number(),
  numRuntimeErrorTestSuites: z.number(),
});

/** `sillage test`: exit code 0 when every test passed. */
export async function runTests(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      'require-redis': { type: 'boolean', default: false },
      'require-mosquitto': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const redis = bringRedis((text) => process.stderr.write(`sillage: ${text}\n`));
  const servers: readonly Server[] = [
    {
      ...{ name: 'Redis', isThere: redis !== undefined, isRequired: values['require-redis'] },
      ...{ files: ['test/e2e/fleet', '\\.redis\\.test'], what: 'fleet mode', advice: redisAdvice },
    },
    {
      ...{ name: 'mosquitto', isThere: findMosquitto() !== undefined },
      ...{ isRequired: values['require-mosquitto'], files: ['\\.mosquitto\\.test'] },
      ...{ what: 'MQTT 5, TLS and access lists', advice: mosquittoAdvice },
    },
    {
      ...{ name: 'an S3 server', isThere: Boolean(process.env['SILLAGE_S3_SERVER']), isRequired: false },
      ...{ files: ['\\.s3\\.test'], what: 'results in a bucket', advice: s3Advice },
    },
  ];
  const missing = servers.filter(({ isThere }) => !isThere);
  const required = missing.filter(({ isRequired }) => isRequired);
  if (required.length > 0)
    throw new Error(required.map(({ name, advice }) => `there is no ${name}: ${advice}`).join('; '));
  const ignored = missing.flatMap(({ files }) => files);
  // End-to-end tests start whole fleets: one at a time, after the small ones.
  const phases = [
    { ignore: ['test/e2e', ...ignored], workers: '2' },
    { ignore: ignored, only: 'test/e2e', workers: '1' },
  ];
  let passed = 0;
  let failed = 0;
  for (const { ignore, only, workers } of phases) {
    const patterns =
      only && positionals.length > 0 ? positionals.filter((pattern) => pattern.includes(only)) : positionals;
    if (only && positionals.length > 0 && patterns.length === 0) continue;
    const report = await jest(
      [
        ...(patterns.length > 0 ? patterns : only ? [only] : []),
        `--maxWorkers=${workers}`,
        '--passWithNoTests',
        ...ignore.flatMap((pattern) => ['--testPathIgnorePatterns', pattern]),
        ...['--testPathIgnorePatterns', '/node_modules/', '--testPathIgnorePatterns', '/dist/'],
      ],
      redis,
    );
    passed += report.numPassedTests;
    failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
  }
  for (const { name, what, advice } of missing)
    process.stderr.write(
      `\nsillage: NOT RUN, for want of ${name}: the tests of ${what}. To run them, ${advice}.\n`,
    );
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

async function jest(
  args: readonly string[],
  redis: string | undefined,
): Promise<z.infer<typeof reportSchema>> {
  const folder = mkdtempSync(join(tmpdir(), 'sillage-test-'));
  const output = join(folder, 'report.json');
  try {
    const child = spawn(
      process.execPath,
      [
        ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
        join(root, 'node_modules/jest/bin/jest.js'),
        ...['--json', `--outputFile=${output}`],
        ...args,
      ],
      // The report goes to the file; what people read goes to standard error.
      {
        cwd: root,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, ...(redis === undefined ? {} : { SILLAGE_REDIS_SERVER: redis }) },
      },
    );
    const stop = () => child.kill('SIGINT');
    process.once('SIGINT', stop);
    process.once('disconnect', stop);
    await once(child, 'exit');
    process.off('SIGINT', stop);
    process.off('disconnect', stop);
    return reportSchema.parse(JSON.parse(readFileSync(output, 'utf8')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
