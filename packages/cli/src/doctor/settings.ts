import { type Finding, fail, ok, warn } from './finding.ts';

export type Settings = Readonly<Record<string, string | undefined>>;

const keyDigits = /^[0-9a-fA-F]{64}$/;
const makeKey = 'openssl rand -hex 32';

/** What can be told wrong from the variables alone. */
export function checkSettings(settings: Settings): Finding[] {
  return [checkEncryptionKey(settings), ...checkPreviousKeys(settings), ...checkUrls(settings)];
}

function checkEncryptionKey({ ENCRYPTION_KEY: key }: Settings): Finding {
  const check = 'settings.encryption-key';
  const changed =
    'a fleet that runs already must keep the one it has: without it no stored key and no secret can be read';
  if (!key) return fail(check, 'ENCRYPTION_KEY is not set', `ENCRYPTION_KEY=$(${makeKey}), once; ${changed}`);
  if (!keyDigits.test(key)) {
    const what = `ENCRYPTION_KEY must be 32 random bytes in hex, 64 digits; it has ${key.length} characters${/^[0-9a-fA-F]*$/.test(key) ? '' : ', not all of them hex'}`;
    return fail(check, what, `${makeKey} makes one; ${changed}`);
  }
  if (new Set(key.toLowerCase()).size < 8) {
    return fail(
      check,
      'ENCRYPTION_KEY is not random',
      `${makeKey} makes one that is; move to it by ENCRYPTION_KEY_PREVIOUS`,
    );
  }
  return ok(check, 'ENCRYPTION_KEY has the right form');
}

function checkPreviousKeys({ ENCRYPTION_KEY: key, ENCRYPTION_KEY_PREVIOUS: previous }: Settings): Finding[] {
  if (!previous) return [];
  const check = 'settings.encryption-key-previous';
  const keys = previous.split(',');
  if (keys.length > 10 || !keys.every((one) => keyDigits.test(one))) {
    const fix = 'up to ten earlier keys by commas, each 64 hex digits, without blanks';
    return [fail(check, 'ENCRYPTION_KEY_PREVIOUS is not a list of keys', fix)];
  }
  if (key !== undefined && keys.includes(key)) {
    return [warn(check, 'ENCRYPTION_KEY_PREVIOUS names the current key as well', 'leave it out of the list')];
  }
  return [ok(check, `${keys.length} earlier keys are still read`)];
}

function checkUrls({ DATABASE_URL: database, REDIS_URL: redis }: Settings): Finding[] {
  const findings: Finding[] = [];
  if (database && !isUrl(database, ['postgres:', 'postgresql:'])) {
    const fix = 'DATABASE_URL=postgres://USER:PASSWORD@HOST:5432/NAME; write signs of the password as %XX';
    findings.push(fail('settings.database-url', 'DATABASE_URL is not an address of Postgres', fix));
  }
  if (redis && !isUrl(redis, ['redis:', 'rediss:'])) {
    const fix = 'REDIS_URL=redis://:PASSWORD@HOST:6379, or rediss:// with TLS';
    findings.push(fail('settings.redis-url', 'REDIS_URL is not an address of Redis', fix));
  }
  if (redis && !database) {
    const fix = 'set DATABASE_URL as well, or neither to run embedded';
    findings.push(fail('settings.mode', 'REDIS_URL alone does not make a fleet', fix));
  }
  return findings;
}

export function isUrl(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol) && new URL(text).hostname !== '';
}

/** Variables of a file as `docker --env-file` takes it: NAME=value a line, # before a comment. */
export function parseEnvFile(text: string): Settings {
  const pairs = text.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line);
    if (!match?.[1]) return [];
    const value = match[2] ?? '';
    const quoted = /^(["'])(.*)\1$/.exec(value);
    return [[match[1], quoted ? (quoted[2] ?? '') : value] as const];
  });
  return Object.fromEntries(pairs);
}
