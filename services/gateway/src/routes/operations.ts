import { answerOps, type Health, type Metrics } from '@sillage/kit';
import type { RequestHandler } from 'express';

/** Probes and the scrape; not traced, not logged, not limited. */
export const operationsPaths = [
  '/health',
  '/ready',
  '/health/live',
  '/health/ready',
  '/health/startup',
  '/metrics',
] as const;

export function operations(parts: { health: Health; metrics: Metrics }): RequestHandler {
  return (request, response, next) => {
    answerOps(request.path, parts).then((answer) => {
      if (!answer) {
        next();
        return;
      }
      response.writeHead(answer.status, { 'content-type': answer.type, 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : answer.body);
    }, next);
  };
}
