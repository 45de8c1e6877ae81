import {
  type InferenceServiceDefinition,
  mixtureRequestSchema,
  presentMixture,
  presentTiming,
  requestedModel,
  rounded,
} from '@sillage/contracts';
import type { GrpcClient } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { modelError } from '../clients/model-directory.ts';
import type { Quotas } from '../clients/quotas.ts';
import { sendJson } from '../http/answer.ts';
import { endpoint } from '../http/exchange.ts';
import { parse } from '../http/parse.ts';
import { requireModel } from '../middleware/authorisation.ts';
import { chargeMolecules } from '../middleware/metering.ts';

/** POST /api/v1/research/mixtures. */
export function mixtures(parts: {
  readonly inference: GrpcClient<InferenceServiceDefinition>;
  readonly quotas: Quotas;
}): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const { components, top_k, model } = parse(mixtureRequestSchema, exchange.body);
    if (model) requireModel(exchange, requestedModel(model).name);
    exchange.fields['molecules'] = components.length;
    await chargeMolecules(parts.quotas, exchange, components.length);
    const answer = await parts.inference
      .unary('PredictMixture', {
        components,
        topK: top_k,
        ...(model ? { model: requestedModel(model) } : {}),
      })
      .catch((error: unknown) => {
        throw modelError(error, model);
      });
    requireModel(exchange, answer.model?.name ?? '');
    exchange.answered = components.length;
    const timing = {
      ...presentTiming(answer.timing),
      total_ms: rounded(performance.now() - exchange.startedMs, 3),
    };
    sendJson(
      response,
      200,
      presentMixture(
        components.map(({ smiles }) => smiles),
        answer,
        timing,
      ),
    );
  });
}
