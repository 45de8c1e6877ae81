import type { ModelField } from '@sillage/contracts';
import { AppError } from '@sillage/kit';

/** An error of inference about the model, with the pointer that the request's own form of `model` has. */
export function modelError(error: unknown, field: ModelField | undefined): unknown {
  if (typeof field !== 'string' || !(error instanceof AppError) || error.code !== 'not_found') return error;
  const errors = error.errors.map(({ pointer, detail }) => ({
    pointer: pointer.startsWith('/model/') ? '/model' : pointer,
    detail,
  }));
  return new AppError(error.code, error.message, { errors, extra: error.extra, cause: error });
}
