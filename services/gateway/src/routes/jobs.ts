import { createHash } from 'node:crypto';
import {
  allModels,
  createJobSchema,
  type JobJson,
  jobResultsQuerySchema,
  listJobsQuerySchema,
  type PredictJobInput,
  requestedModel,
  type TierName,
  uploadJobQuerySchema,
} from '@sillage/contracts';
import type { InferencePools } from '@sillage/inference-client';
import {
  type AddressPolicy,
  isFinal,
  type Job,
  type JobService,
  jobsPath,
  type NewJob,
  presentJob,
  type ResultPart,
  rowsFile,
} from '@sillage/jobs';
import { AppError } from '@sillage/kit';
import type { Request, RequestHandler } from 'express';
import type { JobCharges } from '../clients/job-charges.ts';
import type { KeyVerifier } from '../clients/key-verifier.ts';
import { sendJson, writeChunk } from '../http/answer.ts';
import { EventStream } from '../http/event-stream.ts';
import { callerOf, type Exchange, endpoint } from '../http/exchange.ts';
import { linkNext } from '../http/links.ts';
import { MoleculeFile } from '../http/molecule-file.ts';
import { parse } from '../http/parse.ts';
import { idOf } from '../http/path-id.ts';
import { csv, ndjsonType, parquet, sdf } from '../http/result-formats.ts';
import { sendFile } from '../http/send-file.ts';
import { beginUpload } from '../http/upload.ts';
import { requireModel, requireScope } from '../middleware/authorisation.ts';
import { StreamBody } from '../middleware/body.ts';
import { takeWebhook, type Webhook } from './webhooks.ts';

export interface JobParts {
  readonly jobs: JobService;
  readonly verifier: KeyVerifier;
  readonly inference: InferencePools;
  readonly charges: JobCharges;
  /** Where webhooks may go. */
  readonly webhookPolicy: AddressPolicy;
  /** Aborts when this gateway is about to stop: streams that could last end then. */
  readonly stopping: AbortSignal;
}

/** A tenant's share of the workers against that of others: a better tier gets more, and none waits for ever. */
const tierWeights: Readonly<Record<TierName, number>> = { free: 1, basic: 2, pro: 4, enterprise: 8 };

/** POST /api/v1/jobs: the job as JSON, or a prediction of the molecules in a file. */
export function createJob(parts: JobParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const isUpload = exchange.body instanceof StreamBody;
    try {
      const asked = await (isUpload ? askedByFile(parts, exchange, request) : askedByJson(parts, exchange));
      const { job, isNew } = await parts.jobs.create({
        tenantId: callerOf(exchange).tenantId,
        weight: tierWeights[callerOf(exchange).tier],
        idempotencyKey: idempotencyKey(request),
        admit: parts.charges.admission(callerOf(exchange)),
        ...asked,
      });
      exchange.fields['jobId'] = job.id;
      exchange.fields['jobKind'] = job.kind;
      response.setHeader('location', `${jobsPath}/${job.id}`);
      sendJson(response, isNew ? 202 : 200, presentCreated(job, isNew ? asked.webhook : undefined));
    } catch (error) {
      // What is left of the file is not read, so this connection cannot be used again.
      if (isUpload) response.setHeader('connection', 'close');
      throw error;
    }
  });
}

function presentCreated(job: Job, webhook: Webhook | undefined): JobJson {
  const shown = presentJob(job);
  return webhook?.isSecretNew ? { ...shown, webhook: { url: webhook.url, secret: webhook.secret } } : shown;
}

/** A job less what its caller is known by. */
type Asked = DistributiveOmit<NewJob, 'tenantId' | 'weight' | 'idempotencyKey' | 'admit' | 'webhook'> & {
  readonly webhook?: Webhook | undefined;
};
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

async function askedByJson({ inference, webhookPolicy }: JobParts, exchange: Exchange): Promise<Asked> {
  const body = parse(createJobSchema, exchange.body);
  requireScope(exchange, body.kind);
  await requireJobModel(exchange, body, inference);
  const common = {
    // Of what was understood, so that blanks, the order of members and defaults written out make no difference.
    bodyHash: () => createHash('sha256').update(JSON.stringify(body)).digest('hex'),
    deadlineS: body.deadline_s,
    webhook: body.webhook && takeWebhook(webhookPolicy, '/webhook/url', body.webhook),
  };
  if (body.kind === 'generate') return { ...common, kind: body.kind, input: body.input };
  const { smiles, ...input } = body.input;
  return { ...common, kind: body.kind, input, rows: smiles.map((text) => ({ smiles: text })) };
}

/** The file is read when the job is made; what is wrong with the query is told before. */
async function askedByFile(
  { inference, webhookPolicy }: JobParts,
  exchange: Exchange,
  request: Request,
): Promise<Asked> {
  const query = parse(uploadJobQuerySchema, request.query);
  const { column, top_k, model: name, model_version: version, webhook_url: url } = query;
  const model = name === undefined ? undefined : version === undefined ? name : { name, version };
  const input = { top_k, ...(model === undefined ? {} : { model }) };
  requireScope(exchange, 'predict');
  await requireJobModel(exchange, { kind: 'predict', input }, inference);
  const type = exchange.body instanceof StreamBody ? exchange.body.type : '';
  const upload = await beginUpload(request, type);
  const file = new MoleculeFile(upload.bytes, { format: upload.format, column });
  return {
    kind: 'predict',
    input,
    rows: file.rows(),
    inputReport: () => file.report,
    bodyHash: () =>
      createHash('sha256')
        .update(JSON.stringify([query, upload.format, upload.hash()]))
        .digest('hex'),
    deadlineS: query.deadline_s,
    webhook: url === undefined ? undefined : takeWebhook(webhookPolicy, '/webhook_url', { url }),
  };
}

type ModelChoice =
  | { readonly kind: 'generate' }
  | { readonly kind: 'predict'; readonly input: Pick<PredictJobInput, 'model'> };

/** The model a job will use: the one it names or the one that answers now; which one generates only its start tells. */
async function requireJobModel(
  exchange: Exchange,
  job: ModelChoice,
  inference: InferencePools,
): Promise<void> {
  if (callerOf(exchange).scopes.has(allModels)) return;
  if (job.kind === 'generate') requireModel(exchange, '*');
  else {
    const { model } = job.input;
    requireModel(exchange, (model ? requestedModel(model) : await inference.current('')).name);
  }
}

/** GET /api/v1/jobs. */
export function listJobs({ jobs }: JobParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { limit, before, status: state } = parse(listJobsQuerySchema, request.query);
    const page = await jobs.list(callerOf(exchange).tenantId, { limit, before, state });
    const last = page.at(-1);
    const next = last && page.length === limit ? last.id : null;
    linkNext(request, response, next === null ? undefined : { before: next });
    sendJson(response, 200, { jobs: page.map(presentJob), next });
  });
}

/** GET /api/v1/jobs/{id}. */
export function getJob({ jobs }: JobParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const job = await jobs.get(callerOf(exchange).tenantId, idOf(request, 'job'));
    sendJson(response, 200, presentJob(job));
  });
}

type Change = 'cancel' | 'pause' | 'resume' | 'retry';

function change(what: Change): (parts: JobParts) => RequestHandler {
  return ({ jobs, charges }) =>
    endpoint(async (exchange, request, response) => {
      const caller = callerOf(exchange);
      const id = idOf(request, 'job');
      const make = () => jobs[what](caller.tenantId, id);
      const isAgain = what === 'resume' || what === 'retry';
      const job = isAgain
        ? await charges.again(caller, await jobs.get(caller.tenantId, id), make)
        : await make();
      sendJson(response, 200, presentJob(job));
    });
}

/** DELETE /api/v1/jobs/{id}: cancels; twice is the same as once. */
export const cancelJob = change('cancel');
/** POST /api/v1/jobs/{id}/pause. */
export const pauseJob = change('pause');
/** POST /api/v1/jobs/{id}/resume. */
export const resumeJob = change('resume');
/** POST /api/v1/jobs/{id}/retry. */
export const retryJob = change('retry');

/**
 * GET /api/v1/jobs/{id}/events: `progress` at each change, `finished` at the end. The id of an event is the number of
 * the newest change that it tells of, so a reader that connects again with Last-Event-ID gets every one it missed.
 */
export function followJob({ jobs, verifier, stopping }: JobParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const caller = callerOf(exchange);
    const { tenantId } = caller;
    const id = idOf(request, 'job');
    const after = lastEventId(request);
    const now = await jobs.get(tenantId, id);
    // A reader that saw the end and connects again, as EventSource does, is told by 204 to stop.
    if (after !== undefined && after >= now.eventSeq && isFinal(now.state)) {
      response.statusCode = 204;
      response.end();
      return;
    }
    // A key that was revoked or has ended follows no further; where that is only in doubt, connecting again settles it.
    const doubt = new AbortController();
    exchange.onEnd(verifier.onDoubt(caller, () => doubt.abort()));
    const signal = AbortSignal.any([exchange.signal, stopping, doubt.signal]);
    const stream = new EventStream(response, signal);
    try {
      for await (const { seq, job } of jobs.watch(tenantId, id, signal, after)) {
        await stream.send(isFinal(job.state) ? 'finished' : 'progress', presentJob(job), String(seq));
      }
    } catch (error) {
      // The reader has gone, its key may have, or we are stopping; it connects again where the job can be followed.
      if (!signal.aborted) throw error;
    } finally {
      stream.end();
    }
  });
}

function lastEventId(request: Request): number | undefined {
  const id = request.headers['last-event-id'];
  if (id === undefined) return undefined;
  if (typeof id === 'string' && /^\d{1,15}$/.test(id)) return Number(id);
  throw new AppError('invalid_input', 'Last-Event-ID must be the id of an event of this job, a whole number');
}

/**
 * GET /api/v1/jobs/{id}/results. NDJSON is what is stored and can be resumed at any time. The other formats are made:
 * of a job that has ended into storage, once, so that they can be resumed too; before that as they are read.
 */
export function jobResults({ jobs, inference }: JobParts): RequestHandler {
  const formats = { csv, sdf: sdf(inference), parquet };
  return endpoint(async (exchange, request, response) => {
    const { format } = parse(jobResultsQuerySchema, request.query);
    const job = await jobs.get(callerOf(exchange).tenantId, idOf(request, 'job'));
    const parts = await jobs.results(job);
    exchange.fields['format'] = format;
    response.setHeader('content-disposition', `attachment; filename="job-${job.id}.${format}"`);
    response.setHeader('x-job-status', job.state);
    if (format === 'ndjson') {
      response.setHeader('content-type', ndjsonType);
      exchange.fields['bytesOut'] = await sendFile(request, response, rowsFile(parts), exchange.signal);
      return;
    }
    const { contentType, encode } = formats[format];
    const encoded = () => encode(read(parts), job.kind);
    response.setHeader('content-type', contentType);
    if (isFinal(job.state)) {
      const file = await jobs.file({ jobId: job.id, format, parts, encode: encoded });
      exchange.fields['bytesOut'] = await sendFile(request, response, file, exchange.signal);
      return;
    }
    response.setHeader('accept-ranges', 'none');
    for await (const piece of encoded()) await writeChunk(response, piece, exchange.signal);
    response.end();
  });
}

async function* read(parts: readonly ResultPart[]): AsyncGenerator<string> {
  for (const part of parts) yield await part.read();
}

function idempotencyKey(request: Request): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new AppError('invalid_input', 'Idempotency-Key must be 1 to 200 printable characters without blanks');
}
