import {
  ApiError,
  AuthenticationError,
  ConnectionError,
  NotUnderstoodError,
  PermissionError,
  QuotaError,
  RateLimitError,
  TimeoutError,
  UnavailableError,
} from '@sillage/client';
import { type ExitCode, exitCodes } from './exit-codes.ts';

/** Something is wrong with what was typed. */
export class UsageError extends Error {}

/** Ends the command with this code, after it has said why. */
export class Failure extends Error {
  readonly code: ExitCode;

  constructor(message: string, code: ExitCode = exitCodes.failed) {
    super(message);
    this.code = code;
  }
}

export interface Told {
  readonly code: ExitCode;
  /** What is wrong, then what to do; one line each. */
  readonly lines: readonly string[];
}

/** What to tell of an error, and what to end with. */
export function tellError(error: unknown, url: string): Told {
  if (error instanceof UsageError) return { code: exitCodes.usage, lines: [error.message] };
  if (error instanceof Failure) return { code: error.code, lines: [error.message] };
  if (error instanceof AuthenticationError) {
    const advice = 'sign in with `sillage login`, or set SILLAGE_API_KEY';
    return { code: exitCodes.credential, lines: [`${error.detail} (${url})`, advice] };
  }
  if (error instanceof PermissionError) {
    const scope = error.scope === undefined ? 'more' : `the scope ${error.scope}`;
    const advice = `this key lacks ${scope}: make one with \`sillage keys create --scope …\``;
    return { code: exitCodes.credential, lines: [error.detail, advice] };
  }
  if (error instanceof QuotaError) {
    return { code: exitCodes.limited, lines: [error.detail, 'see `sillage account`'] };
  }
  if (error instanceof RateLimitError) {
    const wait = error.retryAfterS === undefined ? 'later' : `in ${Math.ceil(error.retryAfterS)} s`;
    return {
      code: exitCodes.limited,
      lines: [error.detail, `try again ${wait}; \`sillage account\` shows the limits`],
    };
  }
  if (error instanceof ConnectionError || error instanceof TimeoutError) {
    const advice =
      'is the address right (--url, SILLAGE_URL, `sillage config show`)? `sillage doctor` looks closer';
    return { code: exitCodes.unreachable, lines: [error.message, advice] };
  }
  if (error instanceof UnavailableError) {
    const lines = [`${error.detail} (${url})`, '`sillage doctor` tells which part is away'];
    return { code: exitCodes.unreachable, lines };
  }
  if (error instanceof NotUnderstoodError && error.suggestions.length > 0) {
    return { code: exitCodes.failed, lines: [error.detail, `try ${error.suggestions.join(', ')}`] };
  }
  if (error instanceof ApiError) {
    const fields = error.errors.filter(({ detail }) => !error.detail.includes(detail));
    const more = fields.map(({ pointer, detail }) => `${pointer}: ${detail}`);
    const id = error.status >= 500 && error.requestId !== '' ? [`request ${error.requestId}`] : [];
    return { code: exitCodes.failed, lines: [error.detail, ...more, ...id] };
  }
  return { code: exitCodes.failed, lines: [error instanceof Error ? error.message : String(error)] };
}
