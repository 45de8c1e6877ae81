import {
  type AuthServiceDefinition,
  type ExportLine,
  presentAuditEntry,
  presentConsent,
  presentDevice,
  presentKey,
  presentTenant,
  presentUsage,
  type SensorsServiceDefinition,
  unpackReadings,
} from '@sillage/contracts';
import { type Job, type JobService, presentJob } from '@sillage/jobs';
import { AppError, type GrpcClient, internalError } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { recordAudit } from '../clients/audit.ts';
import type { UsageRecorder } from '../clients/usage-recorder.ts';
import { writeChunk } from '../http/answer.ts';
import { compress } from '../http/compress.ts';
import { endpoint, holderOf } from '../http/exchange.ts';
import { ndjsonType } from '../http/result-formats.ts';
import { presentDelivery } from './jobs.ts';

export interface ExportParts {
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly sensors: GrpcClient<SensorsServiceDefinition>;
  readonly jobs: JobService;
  readonly usage: UsageRecorder;
}

const dayMs = 86_400_000;
const usageDays = 31;
const auditPage = 200;
const jobPage = 100;
const readingPage = 10_000;
/** Lines are sent together in pieces of about this many characters. */
const pieceLength = 64 * 1024;

/** GET /api/v1/account/export: all that is kept of the tenant, a line of JSON for each thing, streamed. */
export function exportAccount(parts: ExportParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { tenantId } = holderOf(exchange);
    const { signal } = exchange;
    // Asked first, so that what cannot be answered is a problem and not a torn file.
    const account = await accountLine(parts, tenantId);
    await recordAudit(parts.auth, request, {
      action: 'account.exported',
      target: `tenant:${tenantId}`,
      outcome: 'done',
    });
    response.statusCode = 200;
    compress(response);
    response.setHeader('content-type', ndjsonType);
    response.setHeader('content-disposition', `attachment; filename="account-${tenantId}.ndjson"`);
    let lines = 0;
    let piece = '';
    const add = async (line: ExportLine): Promise<void> => {
      lines += 1;
      piece += `${JSON.stringify(line)}\n`;
      if (piece.length < pieceLength) return;
      await writeChunk(response, piece, signal);
      piece = '';
    };
    await add(account);
    for await (const line of everything(parts, tenantId)) await add(line);
    await add({ type: 'end', lines });
    await writeChunk(response, piece, signal);
    response.end();
    exchange.fields['lines'] = lines;
  });
}

async function accountLine({ auth }: ExportParts, tenantId: string): Promise<ExportLine> {
  const { tenant } = await auth.unary('GetTenant', { tenantId });
  if (!tenant) throw internalError('no tenant in answer');
  return { type: 'account', ...presentTenant(tenant) };
}

async function* everything(parts: ExportParts, tenantId: string): AsyncGenerator<ExportLine> {
  yield* credentials(parts, tenantId);
  yield* consents(parts, tenantId);
  yield* usage(parts, tenantId);
  yield* jobs(parts, tenantId);
  yield* devices(parts, tenantId);
  yield* audit(parts, tenantId);
}

async function* credentials({ auth }: ExportParts, tenantId: string): AsyncGenerator<ExportLine> {
  const { keys } = await auth.unary('ListKeys', { tenantId, kind: 'KEY_KIND_KEY' });
  for (const key of keys) yield { type: 'key', ...presentKey(key) };
  const { keys: clients } = await auth.unary('ListKeys', { tenantId, kind: 'KEY_KIND_CLIENT' });
  for (const client of clients) yield { type: 'client', ...presentKey(client) };
}

async function* consents({ auth }: ExportParts, tenantId: string): AsyncGenerator<ExportLine> {
  const { consents } = await auth.unary('ListConsents', { tenantId });
  for (const consent of consents) yield { type: 'consent', ...presentConsent(consent) };
}

async function* usage({ auth, usage }: ExportParts, tenantId: string): AsyncGenerator<ExportLine> {
  await usage.flush();
  const { createdAt } = await auth.unary('GetAccount', { tenantId });
  const groups = ['day', 'endpoint', 'key'] as const;
  for (let fromMs = Date.parse(createdAt); fromMs < Date.now() + dayMs; fromMs += usageDays * dayMs) {
    const span = { from: dayOf(fromMs), to: dayOf(fromMs + (usageDays - 1) * dayMs) };
    const { rows } = await auth.unary('GetUsage', {
      ...{ tenantId, ...span },
      groupBy: ['USAGE_GROUP_DAY', 'USAGE_GROUP_ENDPOINT', 'USAGE_GROUP_KEY'],
    });
    for (const row of presentUsage({ ...span, groups: [...groups] }, rows).rows)
      yield { type: 'usage', ...row };
  }
}

async function* jobs({ jobs }: ExportParts, tenantId: string): AsyncGenerator<ExportLine> {
  let before: string | undefined;
  for (;;) {
    const page = await jobs.list(tenantId, { limit: jobPage, before });
    for (const job of page) {
      yield { type: 'job', ...presentJob(job) };
      yield* unlessGone(jobRows(jobs, job));
      for (const delivery of await jobs.deliveries(tenantId, job.id)) {
        yield { type: 'webhook_delivery', ...presentDelivery(delivery) };
      }
    }
    before = page.at(-1)?.id;
    if (page.length < jobPage) return;
  }
}

async function* jobRows(jobs: JobService, job: Job): AsyncGenerator<ExportLine> {
  if (job.purgedAt) return;
  for await (const rows of jobs.inputs(job)) {
    for (const row of rows) yield { type: 'job_input', job_id: job.id, ...row };
  }
  for (const part of await jobs.results(job)) {
    for (const line of (await part.read()).split('\n')) {
      // Written by our own workers.
      if (line !== '')
        yield { type: 'job_result', job_id: job.id, result: JSON.parse(line) as Record<string, unknown> };
    }
  }
}

/** Results whose retention ended while they were read: the rest goes on. */
async function* unlessGone(lines: AsyncGenerator<ExportLine>): AsyncGenerator<ExportLine> {
  try {
    yield* lines;
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'not_found')) throw error;
  }
}

async function* devices({ sensors }: ExportParts, tenantId: string): AsyncGenerator<ExportLine> {
  const { devices } = await sensors.unary('ListDevices', { tenantId });
  for (const device of devices) {
    yield { type: 'device', ...presentDevice(device) };
    let fromMs: number | undefined;
    for (;;) {
      const { block } = await sensors.unary('ListReadings', {
        ...{ tenantId, deviceId: device.id, limit: readingPage },
        ...(fromMs === undefined ? {} : { fromMs }),
      });
      for (const reading of unpackReadings(block))
        yield { type: 'reading', device_id: device.id, ...reading };
      const last = block?.timeMs.at(-1);
      if (last === undefined || (block?.timeMs.length ?? 0) < readingPage) break;
      fromMs = last + 1;
    }
  }
}

async function* audit({ auth }: ExportParts, tenantId: string): AsyncGenerator<ExportLine> {
  let before = 0;
  for (;;) {
    const { entries } = await auth.unary('ListAudit', { tenantId, limit: auditPage, before });
    for (const entry of entries) yield { type: 'audit', ...presentAuditEntry(entry) };
    before = entries.at(-1)?.seq ?? 0;
    if (entries.length < auditPage) return;
  }
}

function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
