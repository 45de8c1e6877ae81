/** One wrong field: where it is (a JSON pointer into the request) and what would be right. */
export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
}

/** Every error of the API, as RFC 9457 has it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors?: readonly FieldProblem[];
  readonly [member: string]: unknown;
}

/** What the API answered instead of what was asked for. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ApiError';
    this.problem = problem;
  }
}

/** What is wrong with one field of a request; undefined where the error is about something else. */
export function fieldError(error: unknown, pointer: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  return error.problem.errors?.find((field) => field.pointer === pointer)?.detail;
}

/** Whether the session is over, or there is none: signing in helps, and nothing else does. */
export function needsSignIn(error: unknown): boolean {
  return error instanceof ApiError && error.problem.status === 401;
}

/**
 * What a failure means for whoever asks again and again: nobody answers, or cannot now; the limit is used up; what was
 * asked is not to be had, and asking again changes nothing.
 */
export function failureKind(error: unknown): 'away' | 'limited' | 'refused' {
  const status = error instanceof ApiError ? error.problem.status : 0;
  if (status === 429) return 'limited';
  return status === 0 || status >= 500 ? 'away' : 'refused';
}
