import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Context } from './context.ts';
import { UsageError } from './errors.ts';

/** Where an API is and with which key. */
export interface Profile {
  readonly url: string;
  readonly apiKey?: string | undefined;
}

export interface ConfigFile {
  readonly current: string;
  readonly profiles: Readonly<Record<string, Profile>>;
}

/** Where a value came from: said by `config show` and by doctor. */
export interface Target extends Profile {
  readonly urlFrom: string;
  readonly keyFrom: string | undefined;
}

export const defaultUrl = 'http://127.0.0.1:8080';
const empty: ConfigFile = { current: 'default', profiles: {} };

/** $SILLAGE_CONFIG, else sillage/config.json in the folder of configurations. */
export function configPath(env: Context['env']): string {
  const folder = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  return env['SILLAGE_CONFIG'] || join(folder, 'sillage', 'config.json');
}

/** The file, or an empty one where there is none. Throws where it cannot be read, naming it. */
export function readConfig(path: string): ConfigFile {
  if (!existsSync(path)) return empty;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${String(error)}): mend it, or remove it and sign in anew`);
  }
  if (!isConfig(value)) throw new UsageError(`${path} is not a configuration: remove it and sign in anew`);
  return value;
}

/** Others on the machine must not read keys: the file is its owner's alone. */
export function writeConfig(path: string, config: ConfigFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
}

/** Whether others than its owner can read the file. */
export function isOpenToOthers(path: string): boolean {
  return process.platform !== 'win32' && existsSync(path) && (statSync(path).mode & 0o077) !== 0;
}

export interface TargetOptions {
  readonly url?: string | undefined;
  readonly profile?: string | undefined;
}

/** Option before variable before profile before the fleet of a checkout. A key goes only to the URL it belongs to. */
export function resolveTarget(context: Context, options: TargetOptions): Target {
  const { env } = context;
  const path = configPath(env);
  const config = readConfig(path);
  const name = options.profile ?? env['SILLAGE_PROFILE'] ?? config.current;
  const profile = Object.hasOwn(config.profiles, name) ? config.profiles[name] : undefined;
  if (!profile && (options.profile ?? env['SILLAGE_PROFILE']) !== undefined) {
    const known = Object.keys(config.profiles).join(', ') || 'none';
    throw new UsageError(
      `there is no profile ${name}; there are: ${known}. \`sillage login --profile ${name}\` makes it`,
    );
  }
  const fallback = profile ? undefined : context.fallback?.();
  const [url, urlFrom] =
    options.url !== undefined
      ? [options.url, '--url']
      : env['SILLAGE_URL']
        ? [env['SILLAGE_URL'], 'SILLAGE_URL']
        : profile
          ? [profile.url, `profile ${name}`]
          : [fallback?.url ?? defaultUrl, fallback ? 'the fleet of this checkout' : 'the default'];
  const own = profile ?? fallback;
  if (env['SILLAGE_API_KEY'])
    return { url, urlFrom, apiKey: env['SILLAGE_API_KEY'], keyFrom: 'SILLAGE_API_KEY' };
  const isOwn = own?.apiKey !== undefined && sameAddress(own.url, url);
  return {
    url,
    urlFrom,
    apiKey: isOwn ? own.apiKey : undefined,
    keyFrom: isOwn ? (profile ? `profile ${name}` : 'the fleet of this checkout') : undefined,
  };
}

/** A key as it may be shown: its public part. */
export function maskKey(key: string): string {
  return key.length <= 16 ? '…' : `${key.slice(0, 14)}…`;
}

function sameAddress(one: string, other: string): boolean {
  if (!URL.canParse(one) || !URL.canParse(other)) return one === other;
  return new URL(one).origin === new URL(other).origin;
}

function isConfig(value: unknown): value is ConfigFile {
  if (typeof value !== 'object' || value === null || !('current' in value) || !('profiles' in value))
    return false;
  const { current, profiles } = value;
  if (typeof current !== 'string' || typeof profiles !== 'object' || profiles === null) return false;
  return Object.values(profiles).every(
    (one: unknown) => typeof one === 'object' && one !== null && 'url' in one && typeof one.url === 'string',
  );
}
