import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Redis } from 'ioredis';
import { runSql } from './auth.ts';

/** Every table of the database that holds any of the marks, in whatever column and type; with how many such rows. */
export async function tablesWith(
  databaseUrl: string,
  marks: readonly string[],
): Promise<Record<string, number>> {
  const tables = await runSql(
    databaseUrl,
    `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1`,
  );
  // A row as text shows bytes as hex.
  const patterns = marks
    .flatMap((mark) => [mark, Buffer.from(mark).toString('hex')])
    .map((text) => `%${text}%`);
  const found: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await runSql(
      databaseUrl,
      `select count(*)::int as rows from ${name} as stored where stored::text ilike any($1)`,
      [patterns],
    );
    if (Number(row?.['rows']) > 0) found[String(name)] = Number(row?.['rows']);
  }
  return found;
}

/** Every Redis key that holds any of the marks, in its name or its value. */
export async function redisKeysWith(redisUrl: string, marks: readonly string[]): Promise<string[]> {
  const redis = new Redis(redisUrl);
  try {
    const found: string[] = [];
    for await (const keys of redis.scanStream({ count: 1000 })) {
      for (const key of keys as string[]) {
        if (holds(Buffer.from(`${key}\n${await contentOf(redis, key)}`), marks)) found.push(key);
      }
    }
    return found.sort();
  } finally {
    redis.disconnect();
  }
}

async function contentOf(redis: Redis, key: string): Promise<string> {
  const kind = await redis.type(key);
  switch (kind) {
    case 'none':
      return '';
    case 'string':
      return (await redis.getBuffer(key))?.toString('latin1') ?? '';
    case 'hash':
      return JSON.stringify(await redis.hgetall(key));
    case 'list':
      return JSON.stringify(await redis.lrange(key, 0, -1));
    case 'set':
      return JSON.stringify(await redis.smembers(key));
    case 'zset':
      return JSON.stringify(await redis.zrange(key, '0', '-1'));
    case 'stream':
      return JSON.stringify(await redis.xrange(key, '-', '+'));
    default:
      throw new Error(`the scan does not read Redis values of type ${kind}`);
  }
}

/** Every file below a folder that holds any of the marks, in its path or its content, packed or not. */
export function filesWith(folder: string, marks: readonly string[]): string[] {
  return filesBelow(folder).filter((path) => {
    if (holds(Buffer.from(path), marks)) return true;
    const bytes = readFileSync(join(folder, path));
    return holds(path.endsWith('.gz') ? gunzipSync(bytes) : bytes, marks);
  });
}

/** Paths relative to the folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

function holds(bytes: Buffer, marks: readonly string[]): boolean {
  return marks.some((mark) => bytes.includes(mark));
}
