import { type InferenceServiceDefinition, mayUseModel, presentModel } from '@sillage/contracts';
import type { GrpcClient } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { sendJson } from '../http/answer.ts';
import { callerOf, endpoint } from '../http/exchange.ts';

/** GET /api/v1/models. */
export function listModels(parts: {
  readonly inference: GrpcClient<InferenceServiceDefinition>;
}): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const { models } = await parts.inference.unary('ListModels', {});
    const { scopes } = callerOf(exchange);
    const mine = models.map(presentModel).filter(({ name }) => mayUseModel(scopes, name));
    sendJson(response, 200, { models: mine });
  });
}
