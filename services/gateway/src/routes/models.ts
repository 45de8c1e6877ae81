import { mayUseModel, presentModel } from '@sillage/contracts';
import type { InferencePools } from '@sillage/inference-client';
import type { RequestHandler } from 'express';
import { sendJson } from '../http/answer.ts';
import { callerOf, endpoint } from '../http/exchange.ts';

/** GET /api/v1/models. */
export function listModels(parts: { readonly inference: InferencePools }): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const models = await parts.inference.listModels();
    const { scopes } = callerOf(exchange);
    const mine = models.map(presentModel).filter(({ name }) => mayUseModel(scopes, name));
    sendJson(response, 200, { models: mine });
  });
}
