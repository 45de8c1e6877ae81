import {
  type EmbedResponseBody,
  embedRequestSchema,
  type ModelField,
  type ModelRef__Output,
  mixtureRequestSchema,
  presentEmbedding,
  presentMixture,
  presentModelRef,
  presentProperties,
  presentRowError,
  presentSafety,
  presentSimilarResults,
  presentTiming,
  propertiesRequestSchema,
  requestedModel,
  rounded,
  type SimilarRequestBody,
  safetyRequestSchema,
  similarRequestSchema,
  type Timing__Output,
  type TimingJson,
} from '@sillage/contracts';
import type { InferencePools } from '@sillage/inference-client';
import type { RequestHandler } from 'express';
import type { Quotas } from '../clients/quotas.ts';
import { sendJson } from '../http/answer.ts';
import { agrees, type Exchange, endpoint } from '../http/exchange.ts';
import { sendNotes } from '../http/language.ts';
import { modelError } from '../http/model-error.ts';
import { parse } from '../http/parse.ts';
import { moleculesOf, usableRows } from '../http/single-molecule.ts';
import { requireModel } from '../middleware/authorisation.ts';
import { chargeMolecules } from '../middleware/metering.ts';

export interface ResearchParts {
  readonly inference: InferencePools;
  readonly quotas: Quotas;
}

/** POST /api/v1/research/mixtures. */
export function mixtures(parts: ResearchParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { components, top_k, model } = parse(mixtureRequestSchema, exchange.body);
    const answer = await askModel(parts, exchange, { model, molecules: components.length }, (ref) =>
      parts.inference.unary('PredictMixture', { components, topK: top_k, ...ref }),
    );
    exchange.answered = components.length;
    const inputs = components.map(({ smiles }) => smiles);
    sendNotes(request, response, presentMixture(inputs, answer, timingOf(exchange, answer.timing)));
  });
}

/** POST /api/v1/research/embed. */
export function embed(parts: ResearchParts): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const body = parse(embedRequestSchema, exchange.body);
    const smiles = moleculesOf(body.smiles);
    const answer = await askModel(parts, exchange, { ...body, molecules: smiles.length }, (ref) =>
      parts.inference.unary('Predict', {
        smiles: [...smiles],
        topK: 1,
        include: ['INCLUDE_EMBEDDING'],
        countMolecules: agrees(exchange, 'popular_molecules'),
        ...ref,
      }),
    );
    const embeddings = answer.rows.map(({ prediction, error }, index) => {
      const input = smiles[index] ?? '';
      if (!prediction) return { input, error: presentRowError(error ?? unexplained) };
      return {
        ...{ input, smiles: prediction.smiles },
        embedding: presentEmbedding(prediction.embedding, body.encoding),
      };
    });
    exchange.answered = usableRows(body.smiles, embeddings);
    const bytes = answer.rows.find(({ prediction }) => prediction)?.prediction?.embedding.length ?? 0;
    const answered: EmbedResponseBody = {
      model: presentModelRef(answer.model),
      dimensions: bytes / Float32Array.BYTES_PER_ELEMENT,
      embeddings,
      timing: timingOf(exchange, answer.timing),
    };
    sendJson(response, 200, answered);
  });
}

/** POST /api/v1/research/similar. */
export function similar(parts: ResearchParts): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const body = parse(similarRequestSchema, exchange.body);
    const smiles = body.smiles === undefined ? [] : moleculesOf(body.smiles);
    const answer = await askModel(
      parts,
      exchange,
      { ...body, molecules: Math.max(1, smiles.length) },
      (ref) =>
        parts.inference.unary('FindSimilar', {
          smiles: [...smiles],
          ...(body.embedding ? { embedding: packFloats(body.embedding) } : {}),
          k: body.k,
          filter: toFilter(body.filter),
          ...ref,
        }),
    );
    const answered = presentSimilarResults(smiles, answer, timingOf(exchange, answer.timing));
    exchange.answered = usableRows(body.smiles ?? [], answered.results);
    sendJson(response, 200, answered);
  });
}

/** POST /api/v1/research/properties. */
export function properties(parts: ResearchParts): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const body = parse(propertiesRequestSchema, exchange.body);
    const smiles = moleculesOf(body.smiles);
    await charge(parts, exchange, smiles.length);
    const asked = { smiles: [...smiles], properties: true };
    const answered = presentProperties(smiles, await parts.inference.unary('DescribeMolecules', asked));
    exchange.answered = usableRows(body.smiles, answered.molecules);
    sendJson(response, 200, answered);
  });
}

/** POST /api/v1/research/safety. */
export function safety(parts: ResearchParts): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const body = parse(safetyRequestSchema, exchange.body);
    const smiles = moleculesOf(body.smiles);
    await charge(parts, exchange, smiles.length);
    const asked = { smiles: [...smiles], safety: true };
    const answered = presentSafety(smiles, await parts.inference.unary('DescribeMolecules', asked));
    exchange.answered = usableRows(body.smiles, answered.molecules);
    sendJson(response, 200, answered);
  });
}

/**
 * Asks inference on behalf of a caller who may use the model, and is charged for the molecules. `call` gets the model as
 * a request of inference has it.
 */
export async function askModel<R extends { readonly model: ModelRef__Output | null }>(
  parts: ResearchParts,
  exchange: Exchange,
  { model, molecules }: { model?: ModelField | undefined; molecules: number },
  call: (ref: { model?: ReturnType<typeof requestedModel> }) => Promise<R>,
): Promise<R> {
  if (model) requireModel(exchange, requestedModel(model).name);
  await charge(parts, exchange, molecules);
  const answer = await call(model ? { model: requestedModel(model) } : {}).catch((error: unknown) => {
    throw modelError(error, model);
  });
  requireModel(exchange, answer.model?.name ?? '');
  return answer;
}

/** What inference measured, and the whole time up to now. */
export function timingOf(exchange: Exchange, timing: Timing__Output | null): TimingJson {
  return { ...presentTiming(timing), total_ms: rounded(performance.now() - exchange.startedMs, 3) };
}

async function charge({ quotas }: ResearchParts, exchange: Exchange, molecules: number): Promise<void> {
  exchange.fields['molecules'] = molecules;
  await chargeMolecules(quotas, exchange, molecules);
}

/** A row that holds neither result nor reason: inference has failed on it. */
const unexplained = { code: 'internal', detail: 'something went wrong on our side', hint: '' };

function packFloats(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * Float32Array.BYTES_PER_ELEMENT);
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes;
}

function toFilter(filter: SimilarRequestBody['filter'] = {}) {
  const { any_note = [], every_note = [], no_note = [], sources = [], min_similarity } = filter;
  return {
    ...{ anyNote: any_note, everyNote: every_note, noNote: no_note, sources },
    ...(min_similarity === undefined ? {} : { minSimilarity: min_similarity }),
    othersOnly: filter.others_only ?? false,
    namedOnly: filter.named_only ?? false,
  };
}
