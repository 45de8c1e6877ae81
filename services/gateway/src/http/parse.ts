import { type FieldIssue, fieldErrors } from '@sillage/contracts';
import { AppError } from '@sillage/kit';
import type { z } from 'zod';

/** Outside data read by its schema. Throws invalid_input that names every wrong field. */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error);
  throw new AppError('invalid_input', summary(errors), { errors });
}

function summary(errors: readonly FieldIssue[]): string {
  const [first, ...rest] = errors;
  if (!first) return 'the request is not valid';
  const name =
    first.pointer === '' ? 'the body' : first.pointer.slice(1).split('/').map(unescapeStep).join('.');
  const more =
    rest.length === 0 ? '' : ` (and ${rest.length} more wrong ${rest.length === 1 ? 'field' : 'fields'})`;
  return `${name} ${first.detail}${more}`;
}

/** A step of a JSON pointer as it is called (RFC 6901). */
function unescapeStep(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
