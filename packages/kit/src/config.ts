import { z } from 'zod';
import { dsnVariable } from './error-reporter.ts';

/** A value that must never be shown: it prints as `[redacted]` wherever it is logged or serialised. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '[redacted]';
  }
  toJSON(): string {
    return '[redacted]';
  }
}

/** Several wrong variables, each by name with what would be right; values are never shown. */
export class ConfigError extends Error {
  readonly problems: readonly { variable: string; detail: string }[];
  constructor(problems: readonly { variable: string; detail: string }[]) {
    const lines = problems.map((problem) => `  ${problem.variable}: ${problem.detail}`);
    super(`configuration is not valid; ${problems.length} to mend:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Building blocks for a service's schema: text from the environment in, typed values out. */
export const env = {
  text: (what: string) => z.string({ error: `is needed: ${what}` }).min(1, `must not be empty: ${what}`),
  secret: (what: string, minLength = 1) =>
    z
      .string({ error: `is needed: ${what}` })
      .min(minLength, `must have at least ${minLength} characters: ${what}`)
      .transform((value) => new Secret(value)),
  integer: (min: number, max: number) =>
    z
      .string()
      .regex(/^-?\d+$/, `must be a whole number from ${min} to ${max}`)
      .transform(Number)
      .pipe(z.number().min(min, `must be from ${min} to ${max}`).max(max, `must be from ${min} to ${max}`)),
  port: () =>
    z
      .string()
      .regex(/^\d+$/, 'must be a port from 0 to 65535')
      .transform(Number)
      .pipe(z.number().max(65535, 'must be a port from 0 to 65535')),
  boolean: () =>
    z.enum(['true', 'false'], { error: 'must be true or false' }).transform((value) => value === 'true'),
  oneOf: <const T extends readonly [string, ...string[]]>(values: T) =>
    z.enum(values, { error: `must be one of ${values.join(', ')}` }),
  url: (protocols: readonly string[]) =>
    z
      .string()
      .refine(
        (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
        `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
      ),
  list: () =>
    z.string().transform((value) =>
      value
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    ),
};

/** What every service understands. */
export const baseSchema = z.object({
  ENVIRONMENT: env.oneOf(['development', 'test', 'staging', 'production']).default('development'),
  /** Shown in olfactory_build_info and with each trace. */
  SERVICE_VERSION: env.text('version of what runs').default('development'),
  HOST: env.text('address to listen on').default('0.0.0.0'),
  LOG_LEVEL: env.oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** A rotating file instead of standard output. */
  LOG_FILE: env.text('path of the log file').optional(),
  /** Prometheus scrape and health; 0 takes a free port. */
  METRICS_PORT: env.port().default(9464),
  /** A second listener for the health routes alone, where the platform wants them apart. */
  HEALTH_CHECK_PORT: env.port().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: env.url(['http:', 'https:']).optional(),
  /** Where unexpected errors are reported to, in Sentry's form. Absent: nowhere. */
  SENTRY_DSN: dsnVariable.optional(),
  /** False: a service waits, unready, until `migrate` has brought its schemas to what it needs. */
  MIGRATE_ON_START: env.boolean().default(true),
  /** Time for load balancers to forget an unready pod before it stops accepting, milliseconds. */
  DRAIN_DELAY_MS: env.integer(0, 60_000).default(0),
  /** One deadline for the whole shutdown, milliseconds; under the pod's grace period. */
  SHUTDOWN_TIMEOUT_MS: env.integer(100, 600_000).default(25_000),
});

export type BaseConfig = Readonly<z.output<typeof baseSchema>>;

/** Reads the environment once. Throws ConfigError with every wrong variable; empty text counts as absent. */
export function loadConfig<S extends z.ZodType>(
  schema: S,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<z.output<S>> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(present);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map((issue) => ({
        variable: issue.path.map(String).join('.') || '(combination)',
        detail: issue.message,
      })),
    );
  }
  return Object.freeze(parsed.data);
}
