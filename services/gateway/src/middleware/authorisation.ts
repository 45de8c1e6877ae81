import { type AuthServiceDefinition, mayUseModel, opens, type RouteScope } from '@sillage/contracts';
import { AppError, type GrpcClient, type Log, reasonOf } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { recordAudit } from '../clients/audit.ts';
import { callerOf, type Exchange, exchangeOf } from '../http/exchange.ts';

/**
 * Lets a request on when its credential is good for the route. Behind authentication. Who tries to administer without
 * being allowed to is told to the audit log.
 */
export function authorisation(options: {
  scope: RouteScope;
  auth: GrpcClient<AuthServiceDefinition>;
  log: Log;
}): RequestHandler {
  const { scope, auth, log } = options;
  return (request, _response, next) => {
    const exchange = exchangeOf(request);
    if (scope === 'admin' && !opens(callerOf(exchange).scopes, scope)) {
      const target = `${request.method} ${exchange.endpoint}`;
      // The refusal does not wait for it.
      recordAudit(auth, request, { action: 'access.refused', target, outcome: 'refused' }).catch(
        (error: unknown) => log.warn({ reason: reasonOf(error) }, 'refusal not told to the audit log'),
      );
    }
    requireScope(exchange, scope);
    next();
  };
}

/** Throws forbidden, naming what is needed, where the caller's credential is not good for it. */
export function requireScope(exchange: Exchange, scope: RouteScope): void {
  if (opens(callerOf(exchange).scopes, scope)) return;
  const needed = [scope].flat();
  throw new AppError('forbidden', `this credential lacks the scope ${needed.join(' or ')}`, {
    extra: { scope: needed.length === 1 ? needed[0] : needed },
  });
}

/** Throws forbidden where the caller's credential may not use this model. */
export function requireModel(exchange: Exchange, name: string): void {
  if (mayUseModel(callerOf(exchange).scopes, name)) return;
  throw new AppError(
    'forbidden',
    `this credential may not use the model ${name}: it lacks the scope models:${name}`,
    {
      extra: { scope: `models:${name}` },
    },
  );
}
