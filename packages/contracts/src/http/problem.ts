import { z } from 'zod';

/** One wrong field: where (a JSON pointer into the request) and what would be right. */
export const fieldErrorSchema = z
  .object({ pointer: z.string(), detail: z.string() })
  .meta({ id: 'FieldError', description: 'One wrong field: where, and what would be right.' });

/** Every error of the API (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'Page that explains this kind of error.' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string().meta({ description: 'Path of the request.' }),
    code: z.string().meta({ description: 'Stable name of the kind of error.' }),
    requestId: z.string(),
    errors: z.array(fieldErrorSchema).optional(),
  })
  .meta({
    id: 'Problem',
    description: 'application/problem+json; some kinds add members, for instance `suggestions`.',
    example: {
      type: '/problems#invalid_input',
      title: 'Invalid input',
      status: 400,
      detail: 'num_molecules must be a whole number from 1 to 1000',
      instance: '/api/v1/generate',
      code: 'invalid_input',
      requestId: '5f0c2d0e-6b1f-4c55-9d0a-3c1a8f1f7f10',
      errors: [{ pointer: '/num_molecules', detail: 'must be a whole number from 1 to 1000' }],
    },
  });
export type FieldIssue = z.infer<typeof fieldErrorSchema>;

type ZodIssue = z.core.$ZodIssue;

/** No answer lists more wrong fields than this. */
const maxFieldErrors = 50;

/** What a schema found wrong, one entry a field, in the order of the document; at most fifty. */
export function fieldErrors(error: { readonly issues: readonly ZodIssue[] }): FieldIssue[] {
  const found = new Map<string, FieldIssue>();
  for (const issue of error.issues) {
    for (const entry of describe(issue, issue.path)) {
      found.set(`${entry.pointer}\n${entry.detail}`, entry);
      if (found.size >= maxFieldErrors) return [...found.values()];
    }
  }
  return [...found.values()];
}

/** A JSON pointer (RFC 6901) from the steps of a path. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function describe(issue: ZodIssue, path: readonly PropertyKey[]): FieldIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ pointer: jsonPointer([...path, key]), detail: issue.message }));
  }
  if (issue.code === 'invalid_union') {
    // The alternative that got deepest into the value is the one that was meant.
    const meant = issue.errors.find((branch) => branch.some((inner) => inner.path.length > 0));
    if (meant) return meant.flatMap((inner) => describe(inner, [...path, ...inner.path]));
  }
  return [{ pointer: jsonPointer(path), detail: issue.message }];
}
