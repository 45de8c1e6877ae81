import { type AuthServiceDefinition, decideConsentsSchema, presentConsents } from '@sillage/contracts';
import type { GrpcClient } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { actorOf } from '../clients/audit.ts';
import { sendJson } from '../http/answer.ts';
import { endpoint, holderOf } from '../http/exchange.ts';
import { parse } from '../http/parse.ts';

export interface ConsentParts {
  readonly auth: GrpcClient<AuthServiceDefinition>;
}

/** GET /api/v1/account/consents. */
export function listConsents({ auth }: ConsentParts): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const { consents } = await auth.unary('ListConsents', { tenantId: holderOf(exchange).tenantId });
    sendJson(response, 200, presentConsents(consents));
  });
}

/** PUT /api/v1/account/consents. */
export function decideConsents({ auth }: ConsentParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { tenantId } = holderOf(exchange);
    const { consents: decisions } = parse(decideConsentsSchema, exchange.body);
    const actor = actorOf(exchange, request);
    const { consents } = await auth.unary('DecideConsents', { tenantId, consents: decisions, actor });
    sendJson(response, 200, presentConsents(consents));
  });
}
