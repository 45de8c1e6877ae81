import { AppError } from '@sillage/kit';
import type { Request } from 'express';

/** No id of ours is longer; a longer one names nothing. */
const maxIdLength = 100;

/** The `{id}` of the path. Throws not_found for what cannot be an id. */
export function idOf(request: Request, what: string): string {
  const id = request.params['id'];
  if (typeof id !== 'string' || id.length > maxIdLength || !/^[\w.:-]+$/.test(id)) {
    throw new AppError('not_found', `there is no such ${what}`);
  }
  return id;
}
