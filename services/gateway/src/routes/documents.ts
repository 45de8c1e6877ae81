import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { errorKinds } from '@sillage/kit';
import { type RequestHandler, type Response, Router } from 'express';
import { sendJsonText } from '../http/answer.ts';
import { compress } from '../http/compress.ts';
import { pageSecurityHeaders } from '../middleware/security-headers.ts';
import { documentsPage, problemsPageHtml } from './pages.ts';

const assets = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;

const starter = `window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
});
`;

/** /openapi.json, /docs and /problems: made when first asked for, with nothing fetched from elsewhere. */
export function documents(options: { version: string }): RequestHandler {
  const router = Router();
  let openApi: Promise<string> | undefined;
  router.get('/openapi.json', (_request, response, next) => {
    openApi ??= import('@sillage/contracts/openapi').then(({ openApiDocument }) =>
      JSON.stringify(openApiDocument(options)),
    );
    openApi.then((text) => {
      forEverybody(response);
      sendJsonText(response, 200, text);
    }, next);
  });

  router.use(['/docs', '/problems'], pageSecurityHeaders(), (_request, response, next) => {
    compress(response);
    next();
  });
  router.get('/docs', (_request, response) => {
    forEverybody(response);
    response.type('html').send(documentsPage);
  });
  router.get('/docs/start.js', (_request, response) => {
    forEverybody(response);
    response.type('text/javascript').send(starter);
  });
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  for (const asset of assets) {
    router.get(`/docs/${asset}`, (_request, response, next) => {
      response.sendFile(asset, { root: folder, maxAge: '1h', acceptRanges: false }, (error) => {
        if (error) next(error);
      });
    });
  }
  router.get('/problems', (_request, response) => {
    forEverybody(response);
    response.type('html').send(problemsPageHtml(errorKinds));
  });
  return router;
}

/** The same for everybody: an edge may keep it, for as long as a new version may take to be seen. */
function forEverybody(response: Response): void {
  response.set('cache-control', 'public, max-age=60');
}
