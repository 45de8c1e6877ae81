import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Target } from '../config.ts';
import { checkDataFolder, isInUse } from './data-folder.ts';
import type { Finding } from './finding.ts';
import { checkGateway } from './gateway.ts';
import { checkConfigFile, checkNode, checkPort } from './machine.ts';
import { checkModels } from './models.ts';
import { checkPostgres } from './postgres.ts';
import { checkRedis } from './redis.ts';
import { checkSettings, isUrl, type Settings } from './settings.ts';
import { checkValues, settingsOfValues } from './values.ts';

/** What is examined; what is absent is left out. */
export interface Subject {
  readonly env: Settings;
  readonly nodeVersion: string;
  readonly now: () => Date;
  /** A gateway that runs. */
  readonly target?: Target | undefined;
  /** The folder of an embedded fleet. */
  readonly dataFolder?: string | undefined;
  /** The port an embedded fleet would take. */
  readonly port?: number | undefined;
  /** Variables that services are to be started with. */
  readonly settings?: Settings | undefined;
  /** Values of the chart, merged. Stores are not asked: they are reached from the cluster, not from here. */
  readonly values?: object | undefined;
  readonly repository?: string | undefined;
}

/** Examines everything, part by part. */
export async function examine(subject: Subject): Promise<Finding[]> {
  const parts = [
    async () => [checkNode(subject.nodeVersion), checkConfigFile(subject.env)],
    () => examineEmbedded(subject),
    () => examineSettings(subject),
    () => examineValues(subject),
    async () => (subject.target ? checkGateway(subject.target, subject.now) : []),
  ];
  const findings: Finding[] = [];
  for (const part of parts) findings.push(...(await part()));
  return findings;
}

async function examineEmbedded({ dataFolder, port, repository, now, settings }: Subject): Promise<Finding[]> {
  if (dataFolder === undefined) return [];
  const isRunning = await isInUse(dataFolder);
  return [
    ...(await checkDataFolder({ folder: dataFolder, repository, now })),
    ...(port === undefined || isRunning ? [] : [await checkPort('127.0.0.1', port)]),
    ...(repository === undefined || settings?.['MODEL_PATH']
      ? []
      : await checkModels(join(repository, 'models'))),
  ];
}

async function examineSettings({ settings, repository, now }: Subject): Promise<Finding[]> {
  if (!settings) return [];
  const { DATABASE_URL: database, REDIS_URL: redis, MODEL_PATH: models } = settings;
  return [
    ...checkSettings(settings),
    ...(database && isUrl(database, ['postgres:', 'postgresql:'])
      ? await checkPostgres({ url: database, repository, now })
      : []),
    ...(redis && isUrl(redis, ['redis:', 'rediss:']) ? await checkRedis(redis) : []),
    ...(models ? await checkModels(models) : []),
  ];
}

async function examineValues({ values }: Subject): Promise<Finding[]> {
  if (!values) return [];
  const settings = settingsOfValues(values);
  const isWritten = Object.values(settings).some((value) => value !== undefined);
  const isKeyMadeUp = settings['ENCRYPTION_KEY'] === undefined;
  const own = isWritten ? checkSettings(settings) : [];
  // A key that is not among the values is told, or made up, by what names the secrets.
  return [
    ...checkValues(values),
    ...own.filter(({ check }) => !isKeyMadeUp || check !== 'settings.encryption-key'),
  ];
}

/** The checkout that this program is part of, or that the folder lies in. */
export function repositoryOf(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, 'pnpm-workspace.yaml')) && existsSync(join(at, 'models'))) return at;
    if (dirname(at) === at) return undefined;
  }
}
