import type { components } from './generated/api.ts';

/** What the API says of an error (RFC 9457). */
export type Problem = components['schemas']['Problem'];
export type FieldError = components['schemas']['FieldError'];

/** Every error that this client makes; what you abort yourself rejects with your signal's reason instead. */
export class SillageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Nothing was answered: no connection, or one that broke. */
export class ConnectionError extends SillageError {}

/** Nothing was answered within `timeoutMs`. */
export class TimeoutError extends SillageError {}

/** What was answered is not what this client reads: most often the address of something else. */
export class UnexpectedAnswerError extends SillageError {}

export interface ApiErrorParts {
  readonly status: number;
  readonly problem: Problem;
  /** Seconds of Retry-After. */
  readonly retryAfterS?: number | undefined;
}

/** The API refused. The classes below are its families of codes; `code` is the stable name. */
export class ApiError extends SillageError {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** Page that explains the code. */
  readonly type: string;
  /** Path that was asked for. */
  readonly instance: string;
  /** Finds the request in the logs of the fleet. */
  readonly requestId: string;
  /** Each wrong field: where (a JSON pointer into the request) and what would be right. */
  readonly errors: readonly FieldError[];
  /** Seconds after which trying again makes sense. */
  readonly retryAfterS: number | undefined;
  /** All of it, further members such as `scope` or `suggestions` included. */
  readonly problem: Problem;

  constructor({ status, problem, retryAfterS }: ApiErrorParts) {
    super(problem.detail);
    this.status = status;
    this.problem = problem;
    this.code = problem.code;
    this.title = problem.title;
    this.detail = problem.detail;
    this.type = problem.type;
    this.instance = problem.instance;
    this.requestId = problem.requestId;
    this.errors = problem.errors ?? [];
    this.retryAfterS = retryAfterS;
  }
}

/** 400, 405, 408, 413, 415, 416, 426, 431: the request is wrong, and `errors` names the fields. */
export class InvalidRequestError extends ApiError {}

/** 422: nothing in the description says anything about smell. */
export class NotUnderstoodError extends ApiError {
  /** What would be understood. */
  get suggestions(): readonly string[] {
    return textsOf(this.problem, 'suggestions');
  }
}

/** 401: no credential, or one that does not hold. */
export class AuthenticationError extends ApiError {}

/** 403: the credential is not good for this. */
export class PermissionError extends ApiError {
  /** The scope that is missing, where the answer names it. */
  get scope(): string | undefined {
    const scope = member(this.problem, 'scope');
    return typeof scope === 'string' ? scope : undefined;
  }
}

/** 404: no such thing, or another tenant's. */
export class NotFoundError extends ApiError {}

/** 409: it clashes with what is there. */
export class ConflictError extends ApiError {}

/** 429: the key's or address's limit; `retryAfterS` says when there is room again. */
export class RateLimitError extends ApiError {}

/** 429 with `quota_exceeded`: the month's molecules, or the jobs that may run at once, are used up. */
export class QuotaError extends ApiError {}

/** 503, 504: the fleet has no room, is starting, or something behind it is away. */
export class UnavailableError extends ApiError {}

/** 500: a fault of the fleet; report it with `requestId`. */
export class ServerError extends ApiError {}

const byCode: Readonly<Record<string, new (parts: ApiErrorParts) => ApiError>> = {
  not_understood: NotUnderstoodError,
  unauthenticated: AuthenticationError,
  forbidden: PermissionError,
  not_found: NotFoundError,
  conflict: ConflictError,
  rate_limited: RateLimitError,
  quota_exceeded: QuotaError,
  overloaded: UnavailableError,
  unavailable: UnavailableError,
  deadline: UnavailableError,
  model_failed: ServerError,
  internal: ServerError,
};

/** For what has no code of ours: a proxy's own page, a newer code. */
function byStatus(status: number): new (parts: ApiErrorParts) => ApiError {
  if (status === 401) return AuthenticationError;
  if (status === 403) return PermissionError;
  if (status === 404) return NotFoundError;
  if (status === 409) return ConflictError;
  if (status === 429) return RateLimitError;
  if (status === 502 || status === 503 || status === 504) return UnavailableError;
  return status >= 500 ? ServerError : InvalidRequestError;
}

/** The error of an answer; `body` is its text, a problem document or anything else. */
export function apiErrorOf(
  answer: { readonly status: number; readonly headers: Headers; readonly path: string },
  body: string,
  nowMs: number = Date.now(),
): ApiError {
  const { status, headers, path } = answer;
  const problem = problemOf(body) ?? {
    type: 'about:blank',
    title: `HTTP ${status}`,
    status,
    detail: plainDetail(body) ?? `the answer was HTTP ${status}`,
    instance: path,
    code: '',
    requestId: headers.get('x-request-id') ?? '',
  };
  const kind = (Object.hasOwn(byCode, problem.code) && byCode[problem.code]) || byStatus(status);
  return new kind({ status, problem, retryAfterS: retryAfterOf(headers.get('retry-after'), nowMs) });
}

/** An error that came as an event of a stream whose status was sent already. */
export function errorOfProblem(problem: Problem): ApiError {
  const kind = (Object.hasOwn(byCode, problem.code) && byCode[problem.code]) || byStatus(problem.status);
  return new kind({ status: problem.status, problem });
}

/** Seconds of a Retry-After header: a number, or a date (RFC 9110). */
export function retryAfterOf(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - nowMs) / 1000);
}

function problemOf(body: string): Problem | undefined {
  const value = parsed(body);
  if (typeof value !== 'object' || value === null) return undefined;
  const isProblem =
    typeof member(value, 'code') === 'string' &&
    typeof member(value, 'detail') === 'string' &&
    typeof member(value, 'status') === 'number';
  // The members that matter are there; the document's schema is the gateway's own.
  return isProblem ? (value as Problem) : undefined;
}

/** `{"error": "…"}` of the Open Inference Protocol, `error_description` of OAuth. */
function plainDetail(body: string): string | undefined {
  const value = parsed(body);
  if (typeof value !== 'object' || value === null) return undefined;
  const detail = member(value, 'error_description') ?? member(value, 'error');
  return typeof detail === 'string' ? detail : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function member(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function textsOf(value: object, name: string): string[] {
  const list = member(value, name);
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
}
