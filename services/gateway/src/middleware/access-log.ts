import type { Log } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { exchangeOf } from '../http/exchange.ts';

const faults: readonly string[] = ['internal', 'model_failed'];

/** One wide event a request, written when its answer is out. Never bodies, keys or paths with ids in them. */
export function accessLog(options: { log: Log }): RequestHandler {
  return (request, response, next) => {
    const exchange = exchangeOf(request);
    exchange.onEnd(() => {
      const { failure, span } = exchange;
      const isFault = failure !== undefined && faults.includes(failure.code);
      options.log[isFault ? 'error' : 'info'](
        {
          // The listener may run outside the request's context, so the span is named here.
          traceId: span?.spanContext().traceId,
          requestId: exchange.requestId,
          method: request.method,
          endpoint: exchange.endpoint,
          status: response.writableFinished ? response.statusCode : 499,
          durationMs: Math.round((performance.now() - exchange.startedMs) * 100) / 100,
          tenantId: exchange.caller?.tenantId,
          keyId: exchange.caller?.keyId,
          ...exchange.fields,
          ...(failure
            ? {
                errorCode: failure.code,
                detail: failure.message,
                internal: failure.internal,
                err: isFault ? failure.cause : undefined,
              }
            : {}),
        },
        'request',
      );
    });
    next();
  };
}
