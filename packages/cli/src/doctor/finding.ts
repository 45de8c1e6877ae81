/** What one check came to. */
export interface Finding {
  /** Stable name, for instance postgres.migrated. */
  readonly check: string;
  /** skip: it could not be looked at, because of something that is told elsewhere or is not in use. */
  readonly status: 'ok' | 'warn' | 'fail' | 'skip';
  /** What is there, or what is wrong. */
  readonly message: string;
  /** The command or setting that mends it; there for warn and fail. */
  readonly fix?: string;
}

export function ok(check: string, message: string): Finding {
  return { check, status: 'ok', message };
}

export function skip(check: string, message: string): Finding {
  return { check, status: 'skip', message };
}

export function warn(check: string, message: string, fix: string): Finding {
  return { check, status: 'warn', message, fix };
}

export function fail(check: string, message: string, fix: string): Finding {
  return { check, status: 'fail', message, fix };
}

export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message;
  return error instanceof Error ? error.message : String(error);
}
