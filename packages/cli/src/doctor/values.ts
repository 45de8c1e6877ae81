import { parse } from 'yaml';
import { type Finding, fail, ok } from './finding.ts';
import type { Settings } from './settings.ts';

/** Values of the chart, later files over earlier ones, as Helm merges them. */
export function mergeValues(texts: readonly string[]): object {
  return texts.map((text) => objectOf(parse(text))).reduce(merge, {});
}

/** The variables that these values set, as far as they stand in them. */
export function settingsOfValues(values: object): Settings {
  const secrets = at(values, 'secrets', 'values');
  const text = (name: string) => {
    const value = at(secrets, name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return {
    ENCRYPTION_KEY: text('encryptionKey'),
    DATABASE_URL: text('databaseUrl'),
    REDIS_URL: text('redisUrl'),
  };
}

/** Where the secrets of a release come from: exactly one way, and with all that the modes need. */
export function checkValues(values: object): Finding[] {
  const check = 'values.secrets';
  const settings = settingsOfValues(values);
  const ways = {
    'secrets.existingSecret': Boolean(at(values, 'secrets', 'existingSecret')),
    'secrets.externalSecret': at(values, 'secrets', 'externalSecret', 'enabled') === true,
    'secrets.generate': at(values, 'secrets', 'generate') === true,
    'secrets.values': Object.values(settings).some((value) => value !== undefined),
  };
  const used = Object.entries(ways).flatMap(([name, isUsed]) => (isUsed ? [name] : []));
  if (used.length === 0) {
    const fix =
      'secrets.existingSecret: NAME, with the keys encryption-key, database-url and redis-url; or secrets.values';
    return [fail(check, 'these values name no secrets: no pod would start', fix)];
  }
  const elsewhere = used.filter((name) => name !== 'secrets.values' && name !== 'secrets.generate');
  if (elsewhere.length > 0) {
    const others = used.filter((name) => !elsewhere.includes(name));
    if (elsewhere.length === 1 && others.length === 0)
      return [ok(check, `secrets come from ${elsewhere[0]}`)];
    return [fail(check, `secrets come from ${used.join(' and ')}`, `keep one of them: ${elsewhere[0]}`)];
  }
  const isGenerated = ways['secrets.generate'];
  const lacking = [
    ...(!isGenerated && !settings['ENCRYPTION_KEY'] ? ['secrets.values.encryptionKey'] : []),
    ...(at(values, 'postgres', 'mode') !== 'bundled' && !settings['DATABASE_URL']
      ? ['secrets.values.databaseUrl']
      : []),
    ...((at(values, 'redis', 'mode') ?? 'external') === 'external' && !settings['REDIS_URL']
      ? ['secrets.values.redisUrl']
      : []),
  ];
  if (lacking.length === 0) return [ok(check, `secrets come from ${used.join(' and ')}`)];
  return [
    fail(
      check,
      `these values lack ${lacking.join(', ')}`,
      `set ${lacking.join(', ')}, or name secrets.existingSecret`,
    ),
  ];
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? (inner as Record<string, unknown>)[name]
        : undefined,
    value,
  );
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function merge(under: object, over: object): object {
  const merged = Object.entries(over).map(([name, value]: [string, unknown]) => {
    const below = at(under, name);
    const areBoth = isPlain(below) && isPlain(value);
    return [name, areBoth ? merge(below, value) : value] as const;
  });
  return { ...under, ...Object.fromEntries(merged) };
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
