import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Request, type RequestHandler, Router } from 'express';
import { compress } from '../http/compress.ts';
import { listsTag, weakTag } from '../http/entity-tag.ts';
import { exchangeOf } from '../http/exchange.ts';
import { consoleSecurityHeaders } from '../middleware/security-headers.ts';

/** First steps of paths that are the API's own, where a wrong path stays an error. */
const apiPaths = new Set(['api', 'v2', 'oauth', '.well-known', 'docs', 'problems', 'assets']);
const pattern = '/{page}';

/**
 * The console, from the folder it was built into: hashed assets, which never change, and one page whose own router
 * reads the path. To stand behind all other routes.
 */
export function consolePages({ folder }: { readonly folder: string }): RequestHandler {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const etag = weakTag(page);
  const router = Router();
  const headers = consoleSecurityHeaders();
  router.use('/assets', headers, (request, response, next) => {
    exchangeOf(request).endpoint = '/assets/{file}';
    compress(response);
    next();
  });
  router.use(
    '/assets',
    express.static(join(folder, 'assets'), {
      immutable: true,
      maxAge: '365d',
      index: false,
      redirect: false,
      etag: false,
      lastModified: false,
      acceptRanges: false,
    }),
  );
  router.use((request, response, next) => {
    if (!isNavigation(request)) {
      next();
      return;
    }
    exchangeOf(request).endpoint = pattern;
    headers(request, response, (error?: unknown) => {
      if (error) {
        next(error);
        return;
      }
      response.setHeader('etag', etag);
      response.setHeader('cache-control', 'no-cache');
      response.vary('accept');
      if (listsTag(request.headers['if-none-match'], etag)) {
        response.statusCode = 304;
        response.end();
        return;
      }
      compress(response);
      response.type('html').send(page);
    });
  });
  return router;
}

/** A browser that goes to a page, and not a client that has mistaken a path of the API. */
function isNavigation(request: Request): boolean {
  const [, first = ''] = request.path.split('/', 2);
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  return !apiPaths.has(first) && /\btext\/html\b/.test(request.headers.accept ?? '');
}
