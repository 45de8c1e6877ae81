import type { TierName } from '@sillage/contracts';
import type { Metrics } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { exchangeOf } from '../http/exchange.ts';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Counts and times every request under its route pattern, and what tenants had of it by their tier. */
export function requestMetrics(options: { metrics: Metrics }): RequestHandler {
  const requests = options.metrics.counter('olfactory_requests_total');
  const durations = options.metrics.histogram('olfactory_request_duration_seconds');
  const errors = options.metrics.counter('olfactory_errors_total');
  const { metrics } = options;
  metrics.showInFlight();
  // A first server error is then a rise and not a beginning, which rate() does not see.
  requests.inc({ method: 'GET', endpoint: 'unmatched', status: 500 }, 0);
  const tiers = tierCounters(metrics);
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
    metrics.inFlight += 1;
    exchange.onEnd(() => {
      const { endpoint, failure, startedMs } = exchange;
      metrics.inFlight -= 1;
      // A method that nobody registered is a label value the caller chose.
      const method = methods.has(request.method) ? request.method : 'other';
      const status = response.writableFinished ? response.statusCode : 499;
      requests.inc({ method, endpoint, status });
      durationOf(method, endpoint).observe((performance.now() - startedMs) / 1000);
      if (failure) errors.inc({ error_type: failure.code });
      if (exchange.caller) {
        const { requests, molecules } = tiers[exchange.caller.tier];
        requests.inc();
        molecules.inc(exchange.answered);
      }
    });
    next();
  };
}

function tierCounters(metrics: Metrics) {
  const requests = metrics.counter('olfactory_tenant_requests_total');
  const molecules = metrics.counter('olfactory_molecules_answered_total');
  const of = (tier: TierName) => {
    requests.inc({ tier }, 0);
    molecules.inc({ tier }, 0);
    return { requests: requests.labels({ tier }), molecules: molecules.labels({ tier }) };
  };
  return { free: of('free'), basic: of('basic'), pro: of('pro'), enterprise: of('enterprise') };
}
