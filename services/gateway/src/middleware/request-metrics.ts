import type { Metrics } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { exchangeOf } from '../http/exchange.ts';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Counts and times every request under its route pattern. */
export function requestMetrics(options: { metrics: Metrics }): RequestHandler {
  const requests = options.metrics.counter('olfactory_requests_total');
  const durations = options.metrics.histogram('olfactory_request_duration_seconds');
  const errors = options.metrics.counter('olfactory_errors_total');
  // Finding a series by its labels costs more than counting; the routes and methods are few.
  const series = new Map<string, ReturnType<typeof durations.labels>>();
  const durationOf = (method: string, endpoint: string) => {
    const key = `${method} ${endpoint}`;
    const known = series.get(key) ?? durations.labels({ method, endpoint });
    series.set(key, known);
    return known;
  };
  return (request, response, next) => {
    const exchange = exchangeOf(request);
    exchange.onEnd(() => {
      const { endpoint, failure, startedMs } = exchange;
      // A method that nobody registered is a label value the caller chose.
      const method = methods.has(request.method) ? request.method : 'other';
      const status = response.writableFinished ? response.statusCode : 499;
      requests.inc({ method, endpoint, status });
      durationOf(method, endpoint).observe((performance.now() - startedMs) / 1000);
      if (failure) errors.inc({ error_type: failure.code });
    });
    next();
  };
}
