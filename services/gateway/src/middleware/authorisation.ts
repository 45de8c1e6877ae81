import { mayUseModel, opens, type RouteScope } from '@sillage/contracts';
import { AppError } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { callerOf, type Exchange, exchangeOf } from '../http/exchange.ts';

/** Lets a request on when its credential is good for the route. Behind authentication. */
export function authorisation(options: { scope: RouteScope }): RequestHandler {
  return (request, _response, next) => {
    requireScope(exchangeOf(request), options.scope);
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
