import { openInferencePath } from '@sillage/contracts';
import { AppError, toAppError } from '@sillage/kit';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { exchangeOf } from '../http/exchange.ts';
import { languageOf, nameLanguage, problemOf } from '../http/language.ts';

/** Every error as application/problem+json; an answer that has begun is cut, so that it cannot pass for whole. */
export function errors(): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const exchange = exchangeOf(request);
    const failure = exchange.failure ?? asAppError(error);
    exchange.failure = failure;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const instance = request.originalUrl.split('?')[0] ?? '/';
    const language = languageOf(request);
    const { requestId } = exchange;
    const problem = problemOf(failure, { url: request.originalUrl, requestId, language });
    if (failure.retryAfterS !== undefined) {
      response.setHeader('retry-after', String(Math.max(1, Math.ceil(failure.retryAfterS))));
    } else if (problem.status === 503) {
      response.setHeader('retry-after', '2');
    }
    if (problem.status === 401 && !response.hasHeader('www-authenticate')) {
      response.setHeader('www-authenticate', 'Bearer realm="sillage"');
    }
    const isOpenInference = instance === openInferencePath || instance.startsWith(`${openInferencePath}/`);
    // Clients of the Open Inference Protocol read its own form, which has no title.
    if (!isOpenInference) nameLanguage(response, language);
    const text = JSON.stringify(isOpenInference ? { error: problem.detail } : problem);
    response.writeHead(problem.status, {
      'content-type': isOpenInference
        ? 'application/json; charset=utf-8'
        : 'application/problem+json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
    });
    response.end(text);
  };
}

/** What express itself throws for an address it cannot decode is the caller's fault. */
function asAppError(error: unknown): AppError {
  if (error instanceof URIError) {
    return new AppError('invalid_input', 'the address has a % that is not followed by two hex digits');
  }
  return toAppError(error);
}

/** No such route. */
export function notFound(): RequestHandler {
  return () => {
    throw new AppError('not_found', 'there is no such route; /docs lists those there are');
  };
}

/** A route that exists, asked with a method it does not have. */
export function methodNotAllowed(methods: readonly string[], pattern: string): RequestHandler {
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  return (request, response) => {
    exchangeOf(request).endpoint = pattern;
    response.setHeader('allow', allow);
    if (request.method === 'OPTIONS') {
      response.statusCode = 204;
      response.end();
      return;
    }
    throw new AppError(
      'method_not_allowed',
      `${request.method} is not possible here; possible are ${allow}`,
      {
        extra: { allow: allow.split(', ') },
      },
    );
  };
}
