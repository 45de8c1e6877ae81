import { type InferenceServiceDefinition, presentModel } from '@sillage/contracts';
import type { GrpcClient } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { sendJson } from '../http/answer.ts';
import { endpoint } from '../http/exchange.ts';

/** GET /api/v1/models. */
export function listModels(parts: {
  readonly inference: GrpcClient<InferenceServiceDefinition>;
}): RequestHandler {
  return endpoint(async (_exchange, _request, response) => {
    const { models } = await parts.inference.unary('ListModels', {});
    sendJson(response, 200, { models: models.map(presentModel) });
  });
}
