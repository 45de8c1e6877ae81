import type { RequestHandler } from 'express';
import type { Quotas } from '../clients/quotas.ts';
import type { UsageRecorder } from '../clients/usage-recorder.ts';
import { callerOf, type Exchange, exchangeOf } from '../http/exchange.ts';

/** When an answer is out: gives back the molecules that were charged and not answered, and counts the use. */
export function metering(options: { quotas: Quotas; usage: UsageRecorder }): RequestHandler {
  const { quotas, usage } = options;
  return (request, response, next) => {
    const exchange = exchangeOf(request);
    exchange.onEnd(() => {
      const { caller, charged, answered, endpoint } = exchange;
      if (caller?.keyId === undefined) return;
      quotas.restore(caller, charged - answered);
      const { tenantId, keyId } = caller;
      const isError = response.statusCode >= 400 || !response.writableFinished;
      usage.record({ tenantId, keyId, endpoint, molecules: answered, isError });
    });
    next();
  };
}

/**
 * Charges the molecules a request asks for; how many of them the answer holds is then `exchange.answered`, and the
 * rest is given back.
 * @throws {AppError} `quota_exceeded` when the caller's month has not so many left.
 */
export async function chargeMolecules(quotas: Quotas, exchange: Exchange, molecules: number): Promise<void> {
  await quotas.charge(callerOf(exchange), molecules);
  exchange.charged += molecules;
}
