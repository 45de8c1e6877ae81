import {
  mayUseModel,
  openInferencePath,
  presentModelConfig,
  presentModelMetadata,
  presentModelStatistics,
  presentRepositoryIndex,
  repositoryChangeSchema,
  repositoryIndexRequestSchema,
} from '@sillage/contracts';
import { invalidField } from '@sillage/kit';
import type { Request, RequestHandler } from 'express';
import type { AppParts } from '../app.ts';
import { recordModelChange } from '../clients/audit.ts';
import type { ModelName } from '../clients/tensor-pools.ts';
import { sendJson } from '../http/answer.ts';
import { callerOf, type Exchange, endpoint } from '../http/exchange.ts';
import { parseJson } from '../http/json.ts';
import { presentInfer, readInfer } from '../http/oip-infer.ts';
import { parse } from '../http/parse.ts';
import { requireModel } from '../middleware/authorisation.ts';
import type { ApiRoute } from './table.ts';

/** As much as one message to inference holds, with room for what goes with the tensors. */
const inferBytes = { maxBytes: 31 * 1024 * 1024 };
const smallBytes = { maxBytes: 64 * 1024 };
const headLengthHeader = 'inference-header-content-length';
/** Loading a large model takes its time. */
const loadTimeoutMs = 300_000;

/** The Open Inference Protocol over HTTP: what gRPC answers, in the protocol's JSON. */
export function openInferenceRoutes(parts: AppParts): readonly ApiRoute[] {
  const { tensors } = parts;
  const get = (path: string, serve: RequestHandler): ApiRoute => ({
    method: 'get',
    pattern: `${openInferencePath}${path}`,
    serve,
  });
  const ofModel = (path: string): ApiRoute[] => [
    get(
      path,
      aboutModel(async (model) => presentModelMetadata(await tensors.unary('ModelMetadata', model))),
    ),
    get(
      `${path}/config`,
      aboutModel(async (model) => {
        const { config } = await tensors.unary('ModelConfig', model);
        return config ? presentModelConfig(config) : {};
      }),
    ),
    get(
      `${path}/stats`,
      aboutModel(async (model) => presentModelStatistics(await tensors.statistics(model))),
    ),
    get(`${path}/ready`, modelReady(parts)),
    {
      method: 'post',
      pattern: `${openInferencePath}${path}/infer`,
      rawBody: inferBytes,
      serve: infer(parts),
    },
  ];
  const change = (what: 'load' | 'unload'): ApiRoute => ({
    method: 'post',
    pattern: `${openInferencePath}/repository/models/{model}/${what}`,
    rawBody: smallBytes,
    timeoutMs: loadTimeoutMs,
    serve: changeModel(parts, what),
  });
  return [
    get(
      '',
      endpoint(async (_exchange, _request, response) => {
        sendJson(response, 200, await tensors.unary('ServerMetadata', {}));
      }),
    ),
    get(
      '/health/live',
      endpoint(async (_exchange, _request, response) => sendJson(response, 200, { live: true })),
    ),
    get('/health/ready', serverReady(parts)),
    // Before the models, one of which it would seem to be.
    get('/models/stats', allStatistics(parts)),
    ...ofModel('/models/{model}'),
    ...ofModel('/models/{model}/versions/{version}'),
    {
      method: 'post',
      pattern: `${openInferencePath}/repository/index`,
      rawBody: smallBytes,
      serve: repositoryIndex(parts),
    },
    change('load'),
    change('unload'),
  ];
}

/** The model of the path, if the caller may use it. */
function modelOf(exchange: Exchange, request: Request): ModelName {
  const { model, version } = request.params;
  const name = typeof model === 'string' ? model : '';
  requireModel(exchange, name);
  return { name, version: typeof version === 'string' ? version : '' };
}

function aboutModel(answer: (model: ModelName) => Promise<unknown>): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    sendJson(response, 200, await answer(modelOf(exchange, request)));
  });
}

function serverReady({ health, tensors }: AppParts): RequestHandler {
  return endpoint(async (_exchange, _request, response) => {
    const peer = tensors.unary('ServerReady', {}, { timeoutMs: 1000 }).catch(() => ({ ready: false }));
    const ready = health.isReady && (await peer).ready;
    sendJson(response, ready ? 200 : 503, ready ? { ready } : { ready, error: 'the server is not ready' });
  });
}

function modelReady({ tensors }: AppParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const model = modelOf(exchange, request);
    const { ready } = await tensors.unary('ModelReady', model);
    const error = `model ${model.name} is not ready; /v2/repository/index has the reason`;
    sendJson(response, ready ? 200 : 503, { name: model.name, ready, ...(ready ? {} : { error }) });
  });
}

function infer({ tensors }: AppParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { name, version } = modelOf(exchange, request);
    const body = exchange.body as Buffer;
    const asked = readInfer(body, headLengthOf(request, body.length));
    const answer = await tensors.unary('ModelInfer', {
      ...asked.request,
      modelName: name,
      modelVersion: version,
    });
    const { head, tail } = presentInfer(answer, asked.isBinary);
    const json = Buffer.from(head);
    if (tail.length > 0) response.setHeader(headLengthHeader, String(json.length));
    const bytes = tail.length > 0 ? Buffer.concat([json, ...tail]) : json;
    response.statusCode = 200;
    response.setHeader('content-type', tail.length > 0 ? 'application/octet-stream' : 'application/json');
    response.setHeader('content-length', bytes.length);
    response.end(bytes);
  });
}

/** How many bytes of the body are JSON; undefined: all. */
function headLengthOf(request: Request, bodyLength: number): number | undefined {
  const header = request.headers[headLengthHeader];
  if (header === undefined) return undefined;
  const length = typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : Number.NaN;
  if (length >= 1 && length <= bodyLength) return length;
  const detail = `the header Inference-Header-Content-Length must be a whole number from 1 to ${bodyLength}, the bytes of the body`;
  throw invalidField('', detail);
}

function allStatistics({ tensors }: AppParts): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const { scopes } = callerOf(exchange);
    const { modelStats } = await tensors.statistics({ name: '', version: '' });
    const mine = modelStats.filter(({ name }) => mayUseModel(scopes, name));
    sendJson(response, 200, presentModelStatistics({ modelStats: mine }));
  });
}

function repositoryIndex({ tensors }: AppParts): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const { ready } = parse(repositoryIndexRequestSchema, optionalJson(exchange));
    const { scopes } = callerOf(exchange);
    const { models } = await tensors.index({ ready: ready ?? false });
    const mine = models.filter(({ name }) => mayUseModel(scopes, name));
    sendJson(response, 200, presentRepositoryIndex({ models: mine }));
  });
}

function changeModel({ auth, tensors }: AppParts, what: 'load' | 'unload'): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { name } = modelOf(exchange, request);
    const { parameters } = parse(repositoryChangeSchema, optionalJson(exchange));
    if (what === 'load') refuseParameters(parameters);
    await tensors.change(what, name);
    await recordModelChange(auth, request, what === 'load' ? 'loaded' : 'unloaded', name);
    sendJson(response, 200, {});
  });
}

/** A model is loaded as it lies in the repository. @throws AppError invalid_input. */
export function refuseParameters(parameters: object = {}): void {
  if (Object.keys(parameters).length === 0) return;
  const detail = 'configuration and files of a model come from the repository alone; send no parameters';
  throw invalidField('/parameters', detail);
}

/** The body as JSON; an empty one is an empty object. */
function optionalJson(exchange: Exchange): unknown {
  const text = String(exchange.body);
  return text.trim() === '' ? {} : parseJson(text);
}
