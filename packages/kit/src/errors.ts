import type { status } from '@grpc/grpc-js';

type GrpcName =
  | 'CANCELLED'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'UNAUTHENTICATED';

// The numbers of grpc.status, written out: worker threads import this file alone, and grpc-js would cost each of them
// its memory.
const Grpc: Readonly<Record<GrpcName, status>> = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
};

interface ErrorKind {
  readonly grpc: status;
  readonly http: number;
  readonly title: string;
}

/** The one taxonomy: every error of the fleet has one of these codes, mapped once to gRPC and once to HTTP. */
export const errorKinds = {
  invalid_input: { grpc: Grpc.INVALID_ARGUMENT, http: 400, title: 'Invalid input' },
  not_understood: { grpc: Grpc.INVALID_ARGUMENT, http: 422, title: 'Not understood' },
  too_large: { grpc: Grpc.INVALID_ARGUMENT, http: 413, title: 'Too large' },
  headers_too_large: { grpc: Grpc.INVALID_ARGUMENT, http: 431, title: 'Headers too large' },
  too_slow: { grpc: Grpc.DEADLINE_EXCEEDED, http: 408, title: 'Request too slow' },
  range_not_satisfiable: { grpc: Grpc.INVALID_ARGUMENT, http: 416, title: 'Range not satisfiable' },
  unsupported_media_type: { grpc: Grpc.INVALID_ARGUMENT, http: 415, title: 'Unsupported media type' },
  method_not_allowed: { grpc: Grpc.UNIMPLEMENTED, http: 405, title: 'Method not allowed' },
  upgrade_required: { grpc: Grpc.UNIMPLEMENTED, http: 426, title: 'Upgrade required' },
  unauthenticated: { grpc: Grpc.UNAUTHENTICATED, http: 401, title: 'Not authenticated' },
  session_ended: { grpc: Grpc.UNAUTHENTICATED, http: 401, title: 'Session ended' },
  forbidden: { grpc: Grpc.PERMISSION_DENIED, http: 403, title: 'Not allowed' },
  not_found: { grpc: Grpc.NOT_FOUND, http: 404, title: 'Not found' },
  conflict: { grpc: Grpc.ALREADY_EXISTS, http: 409, title: 'Conflict' },
  rate_limited: { grpc: Grpc.RESOURCE_EXHAUSTED, http: 429, title: 'Rate limit reached' },
  quota_exceeded: { grpc: Grpc.RESOURCE_EXHAUSTED, http: 429, title: 'Quota used up' },
  overloaded: { grpc: Grpc.RESOURCE_EXHAUSTED, http: 503, title: 'Overloaded' },
  unavailable: { grpc: Grpc.UNAVAILABLE, http: 503, title: 'Unavailable' },
  deadline: { grpc: Grpc.DEADLINE_EXCEEDED, http: 504, title: 'Deadline exceeded' },
  cancelled: { grpc: Grpc.CANCELLED, http: 499, title: 'Cancelled' },
  model_failed: { grpc: Grpc.INTERNAL, http: 500, title: 'Model failed' },
  internal: { grpc: Grpc.INTERNAL, http: 500, title: 'Internal error' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

/** Whether a text, from a peer or a stored row, is a code of the taxonomy. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorKinds, code);
}

/** Whether errors of this code are our fault: logged as errors, with their cause. */
export function isFault(code: ErrorCode): boolean {
  return code === 'internal' || code === 'model_failed';
}

/** One wrong field: where (a JSON pointer into the request) and what would be right. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

export interface AppErrorOptions {
  readonly errors?: readonly FieldError[];
  /** Seconds after which trying again makes sense. */
  readonly retryAfterS?: number;
  /** For the log only; never leaves the process. */
  readonly internal?: string;
  /** Further members of the problem document, for instance suggestions. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The only error domain code throws. `message` is public: it reaches the caller as `detail`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[];
  readonly retryAfterS: number | undefined;
  readonly internal: string | undefined;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.errors = options.errors ?? [];
    this.retryAfterS = options.retryAfterS;
    this.internal = options.internal;
    this.extra = options.extra ?? {};
  }
}

/** Invalid input in one field. */
export function invalidField(pointer: string, detail: string): AppError {
  return new AppError('invalid_input', detail, { errors: [{ pointer, detail }] });
}

/** A dependency that is away: the caller may try again soon. */
export function unavailable(dependency: string, cause?: unknown): AppError {
  return new AppError('unavailable', `${dependency} is not reachable at the moment; try again shortly`, {
    retryAfterS: 2,
    extra: { dependency },
    cause,
  });
}

/** A fault of ours: the caller is told no more than that, the log what it was. */
export function internalError(internal: string, cause?: unknown): AppError {
  return new AppError('internal', 'something went wrong on our side', { internal, cause });
}

/** What to log of a thrown value in one line. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Any thrown value as an AppError; what is not ours shows nothing of its inside. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) {
    return error.name === 'TimeoutError'
      ? new AppError('deadline', 'the deadline of this request has passed', { cause: error })
      : new AppError('cancelled', 'the caller has gone', { cause: error });
  }
  return internalError(reasonOf(error), error);
}

/** RFC 9457 problem document. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: ErrorCode;
  requestId: string;
  errors?: readonly FieldError[];
  [member: string]: unknown;
}

/** The problem document of an error; `typeBase` is the page that explains the codes. */
export function toProblem(
  error: AppError,
  request: { instance: string; requestId: string; typeBase: string },
): Problem {
  const kind = errorKinds[error.code];
  return {
    ...error.extra,
    type: `${request.typeBase}#${error.code}`,
    title: kind.title,
    status: kind.http,
    detail: error.message,
    instance: request.instance,
    code: error.code,
    requestId: request.requestId,
    ...(error.errors.length > 0 ? { errors: error.errors } : {}),
  };
}
