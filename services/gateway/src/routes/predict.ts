import {
  type ModelRefJson,
  type PredictRequestBody,
  predictRequestSchema,
  predictV2RequestSchema,
  presentModelRef,
  presentPredictionRow,
  presentTiming,
  readPredictV2,
  requestedModel,
  rounded,
  smilesLengthError,
  type TimingJson,
} from '@sillage/contracts';
import type { InferencePools } from '@sillage/inference-client';
import { AppError, HitRate, type Metrics, showCache } from '@sillage/kit';
import type { Request, RequestHandler, Response } from 'express';
import type { Quotas } from '../clients/quotas.ts';
import {
  type PredictionCache,
  questionExtras,
  type ReadyRow,
  type RowQuestion,
  readyRow,
} from '../domain/prediction-cache.ts';
import { agrees, type Exchange, endpoint } from '../http/exchange.ts';
import { sendNotesText } from '../http/language.ts';
import { modelError } from '../http/model-error.ts';
import type { OverloadGate } from '../http/overload-gate.ts';
import { parse } from '../http/parse.ts';
import { singleError } from '../http/single-molecule.ts';
import { requireModel } from '../middleware/authorisation.ts';
import { chargeMolecules } from '../middleware/metering.ts';

export interface PredictParts {
  readonly inference: InferencePools;
  readonly cache: PredictionCache;
  readonly quotas: Quotas;
  readonly metrics: Metrics;
  readonly gate: OverloadGate;
}

interface Answered {
  readonly model: ModelRefJson;
  readonly rows: readonly ReadyRow[];
  readonly timing: TimingJson;
  readonly hits: number;
}

const includes = {
  embedding: 'INCLUDE_EMBEDDING',
  similar: 'INCLUDE_SIMILAR',
  svg: 'INCLUDE_SVG',
  attribution: 'INCLUDE_ATTRIBUTION',
} as const;
const noTiming: TimingJson = { queue_ms: 0, inference_ms: 0, total_ms: 0 };

/** POST /api/v1/predict and POST /api/v2/predict: the same question, asked in two forms. */
export function predict(parts: PredictParts): { readonly v1: RequestHandler; readonly v2: RequestHandler } {
  const hitRate = new HitRate();
  showCache(parts.metrics, { memory: hitRate });
  const v1 = endpoint(async (exchange, request, response) => {
    const body = parse(predictRequestSchema, exchange.body);
    const isSingle = typeof body.smiles === 'string';
    const smiles = typeof body.smiles === 'string' ? [body.smiles] : body.smiles;
    await chargeMolecules(parts.quotas, exchange, smiles.length);
    const answered = await answer(parts, exchange, body, smiles, hitRate);
    const [first] = answered.rows;
    exchange.answered = answered.rows.filter(({ error }) => !error).length;
    if (isSingle && first?.error) throw singleError(first.error);
    // The rows are text already; only the frame is written for this request.
    const rows =
      first && answered.rows.length === 1 ? first.text : answered.rows.map(({ text }) => text).join();
    send(exchange, request, response, answered, rows);
  });
  const v2 = endpoint(async (exchange, request, response) => {
    const { body, smiles, ids } = readPredictV2(parse(predictV2RequestSchema, exchange.body));
    await chargeMolecules(parts.quotas, exchange, ids.length);
    const answered = await answer(parts, exchange, body, smiles, hitRate);
    exchange.answered = answered.rows.filter(({ error }) => !error).length;
    send(
      exchange,
      request,
      response,
      answered,
      answered.rows.map(({ text }, index) => named(text, ids[index])).join(),
    );
  });
  return { v1, v2 };
}

/** The row of a molecule that its caller named; rows are kept without names, as the same molecule may have many. */
function named(row: string, id: string | undefined): string {
  return id === undefined ? row : `{"id":${JSON.stringify(id)},${row.slice(1)}`;
}

function send(
  exchange: Exchange,
  request: Request,
  response: Response,
  answered: Answered,
  rows: string,
): void {
  exchange.fields['molecules'] = answered.rows.length;
  exchange.fields['cacheHits'] = answered.hits;
  const timing = { ...answered.timing, total_ms: rounded(performance.now() - exchange.startedMs, 3) };
  sendNotesText(
    request,
    response,
    `{"model":${JSON.stringify(answered.model)},"predictions":[${rows}],"timing":${JSON.stringify(timing)}}`,
  );
}

/** Rows from the cache and, for the rest, from inference; all of one model. */
async function answer(
  parts: PredictParts,
  exchange: Exchange,
  body: PredictRequestBody,
  smiles: readonly string[],
  hitRate: HitRate,
): Promise<Answered> {
  const include = [...new Set(body.include)].sort();
  const asked = body.model;
  // One molecule always goes to the same of several versions: what is kept of it is found again.
  const routeKey = smiles[0] ?? '';
  const wanted = asked ? requestedModel(asked) : undefined;
  let model =
    parts.inference.expected(wanted, routeKey) ?? wanted ?? (await parts.inference.current(routeKey));
  requireModel(exchange, model.name);
  const extras = questionExtras(body, include);
  for (let attempt = 1; ; attempt += 1) {
    const question: RowQuestion = { model, topK: body.top_k, include: extras };
    const found = smiles.map((one) => lengthRow(one) ?? parts.cache.get(question, one));
    const missing = [...new Set(smiles.filter((_, index) => !found[index]))];
    if (missing.length === 0) {
      for (const _ of found) hitRate.record(true);
      return { model, rows: found as ReadyRow[], timing: noTiming, hits: found.length };
    }
    parts.gate.checkExtras(include);
    const response = await parts.inference
      .unary(
        'Predict',
        {
          smiles: missing,
          topK: body.top_k,
          include: include.map((name) => includes[name]),
          ...(body.similar_k ? { similarK: body.similar_k } : {}),
          ...(body.attribution_note ? { attributionNote: body.attribution_note } : {}),
          ...(wanted ? { model: wanted } : {}),
          countMolecules: agrees(exchange, 'popular_molecules'),
        },
        { routeKey },
      )
      .catch((error: unknown) => {
        throw modelError(error, asked);
      });
    const answeredBy = presentModelRef(response.model);
    requireModel(exchange, answeredBy.name);
    const isSameModel = answeredBy.name === model.name && answeredBy.version === model.version;
    model = answeredBy;
    const answeredQuestion = { ...question, model };
    const made = new Map<string, ReadyRow>();
    for (const [index, one] of missing.entries()) {
      const row = response.rows[index];
      if (!row)
        throw new AppError('internal', 'something went wrong on our side', { internal: 'row missing' });
      const ready = readyRow(presentPredictionRow(one, row));
      made.set(one, ready);
      parts.cache.set(answeredQuestion, one, ready);
    }
    const hits = found.filter(Boolean).length;
    // Cached rows of another model do not belong in this answer: a new version came in just now.
    if (!isSameModel && hits > 0 && attempt < 3) continue;
    for (const row of found) hitRate.record(row !== undefined);
    const rows = smiles.flatMap((one, index) => found[index] ?? made.get(one) ?? []);
    return { model, rows, timing: presentTiming(response.timing), hits };
  }
}

function lengthRow(smiles: string): ReadyRow | undefined {
  const error = smilesLengthError(smiles);
  return error && readyRow({ input: smiles.slice(0, 100), error });
}
