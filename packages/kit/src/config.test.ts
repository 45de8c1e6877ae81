import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { baseSchema, ConfigError, env, loadConfig } from './config.ts';

const schema = z.object({
  ...baseSchema.shape,
  DATABASE_URL: env.url(['postgres:', 'postgresql:']),
  BATCH_SIZE: env.integer(1, 256).default(64),
  ENCRYPTION_KEY: env.secret('32 random bytes in hex', 64),
});

const good = { DATABASE_URL: 'postgres://u:p@h/db', ENCRYPTION_KEY: 'a'.repeat(64) };

test('reads, coerces and defaults', () => {
  const config = loadConfig(schema, { ...good, METRICS_PORT: '0', LOG_LEVEL: '' });
  expect(config).toMatchObject({ METRICS_PORT: 0, LOG_LEVEL: 'info', BATCH_SIZE: 64 });
  expect(config.ENCRYPTION_KEY.reveal()).toBe('a'.repeat(64));
  expect(Object.isFrozen(config)).toBe(true);
});

test('names every wrong variable at once, says what would be right, and shows no value', () => {
  const wrong = { DATABASE_URL: 'mysql://secret', BATCH_SIZE: '1e9', METRICS_PORT: 'x' };
  let caught: unknown;
  try {
    loadConfig(schema, wrong);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(ConfigError);
  const { problems, message } = caught as ConfigError;
  expect(problems.map(({ variable }) => variable).sort()).toEqual([
    'BATCH_SIZE',
    'DATABASE_URL',
    'ENCRYPTION_KEY',
    'METRICS_PORT',
  ]);
  expect(message).toContain('BATCH_SIZE: must be a whole number from 1 to 256');
  expect(message).not.toContain('mysql://secret');
});

test('a secret does not show when it is logged or serialised', () => {
  const config = loadConfig(schema, good);
  expect(JSON.stringify(config)).not.toContain('aaaa');
  expect(`${config.ENCRYPTION_KEY}`).toBe('[redacted]');
});
