import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examine, repositoryOf, type Subject } from '../doctor/doctor.ts';
import type { Finding } from '../doctor/finding.ts';
import { parseEnvFile, type Settings } from '../doctor/settings.ts';
import { mergeValues } from '../doctor/values.ts';
import { UsageError } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { decodeText, readBytes } from '../molecule-files.ts';
import { collect, whole } from '../options.ts';
import { printJson } from '../output/print.ts';
import { paintFor } from '../output/style.ts';
import type { Kit } from '../program.ts';

interface Options {
  readonly data?: string;
  readonly envFile?: string;
  readonly values?: string[];
  readonly port?: number;
}

/** Any of them in the environment makes it a configuration to be examined. */
const telling = ['DATABASE_URL', 'REDIS_URL', 'ENCRYPTION_KEY', 'MODEL_PATH'] as const;
const defaultPort = 8080;

export function addDoctorCommand(program: Command, kit: Kit): void {
  const { context } = kit;
  program
    .command('doctor')
    .description('Examine an installation, and say what to mend and how')
    .option('--data <folder>', 'the data folder of an embedded fleet (.sillage of this checkout)')
    .option('--port <n>', 'the port it is to take', whole(1, 65_535))
    .option(
      '--env-file <file>',
      'variables that services are started with, NAME=value a line; else those set here',
    )
    .option('--values <files>', 'values of the Helm chart; later files over earlier ones', collect)
    .addHelpText(
      'after',
      `
Looks at Node, the configuration file, the data folder, ports and disk; the form of every secret; Postgres (reachable,
version, migrations, clock) and Redis (reachable, version, eviction); models and their checksums; and at the gateway:
readiness, version, clock, the key and its scopes. Ends with 1 where something is broken.

Examples:
  $ sillage doctor
  $ sillage doctor --url https://api.example.com
  $ sillage doctor --env-file production.env --json
  $ sillage doctor --values values-production.yaml,my-values.yaml`,
    )
    .action(
      kit.plain(async ({ isJson }, options: Options) => {
        const findings = await examine(await subjectOf(kit, options));
        if (isJson) printJson(context, { healthy: isHealthy(findings), findings });
        else tell(context, findings);
        return (isHealthy(findings) ? exitCodes.ok : exitCodes.failed) satisfies ExitCode;
      }),
    );
}

async function subjectOf({ context, target, globals }: Kit, options: Options): Promise<Subject> {
  const { env, now } = context;
  const repository = repositoryOf(import.meta.dirname);
  const isNamed = options.envFile !== undefined || options.values !== undefined;
  const ofCheckout = repository === undefined ? undefined : join(repository, '.sillage');
  const isEmbedded = !isNamed && !env['DATABASE_URL'] && globals().url === undefined;
  const dataFolder =
    options.data ?? (isEmbedded && ofCheckout && existsSync(ofCheckout) ? ofCheckout : undefined);
  const settings = await settingsOf(context, options, isNamed);
  const gateway = gatewayOf(target, isNamed || options.data !== undefined || settings !== undefined);
  return {
    env,
    now,
    nodeVersion: process.versions.node,
    repository,
    dataFolder,
    port: options.port ?? (dataFolder === undefined ? undefined : Number(env['PORT'] ?? defaultPort)),
    settings,
    values:
      options.values && mergeValues(await Promise.all(options.values.map((file) => textOf(context, file)))),
    target: gateway,
  };
}

/** Where something else is examined, a gateway is too if it was named, and not for the default address alone. */
function gatewayOf(target: Kit['target'], isElsewhere: boolean): Subject['target'] {
  try {
    const found = target();
    return isElsewhere && ['the default', 'the fleet of this checkout'].includes(found.urlFrom)
      ? undefined
      : found;
  } catch (error) {
    // A configuration file that cannot be read is a finding of its own.
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

async function settingsOf(
  context: Context,
  { envFile }: Options,
  isNamed: boolean,
): Promise<Settings | undefined> {
  if (envFile !== undefined) return parseEnvFile(await textOf(context, envFile));
  if (isNamed || !telling.some((name) => context.env[name])) return undefined;
  return context.env;
}

async function textOf({ stdin }: Context, file: string): Promise<string> {
  return decodeText(await readBytes(file, stdin));
}

function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ status }) => status !== 'fail');
}

const marks = {
  ok: ['green', 'ok  '],
  warn: ['yellow', 'warn'],
  fail: ['red', 'FAIL'],
  skip: ['dim', '-   '],
} as const;

function tell({ stdout, env }: Context, findings: readonly Finding[]): void {
  const paint = paintFor(stdout, env);
  for (const { status, check, message, fix } of findings) {
    const [style, mark] = marks[status];
    stdout.write(`${paint(style, mark)}  ${check.padEnd(24)}  ${message}\n`);
    if (fix !== undefined) stdout.write(`${' '.repeat(6)}${paint('bold', 'fix:')} ${fix}\n`);
  }
  const failed = findings.filter(({ status }) => status === 'fail').length;
  const warned = findings.filter(({ status }) => status === 'warn').length;
  const sum = failed === 0 ? 'nothing is broken' : `${failed} to mend`;
  stdout.write(`\n${sum}${warned > 0 ? `, ${warned} to look at` : ''}\n`);
}
