import {
  type AuthServiceDefinition,
  type ExportLine,
  type ListCalibrationsResponse__Output,
  type ListDevicesResponse__Output,
  type ListKeysResponse__Output,
  type ListUsageResponse__Output,
  presentArray,
  presentAuditEntry,
  presentCalibration,
  presentConsent,
  presentDevice,
  presentKey,
  presentTenant,
  type SensorsServiceDefinition,
  type UsageRow__Output,
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
import { presentDelivery, presentWebhook } from './webhooks.ts';

export interface ExportParts {
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly sensors: GrpcClient<SensorsServiceDefinition>;
  readonly jobs: JobService;
  readonly usage: UsageRecorder;
}

const auditPage = 200;
const keyPage = 1000;
const devicePage = 100;
const jobPage = 100;
const readingPage = 10_000;
/** Lines are sent together in pieces of about this many characters. */
const pieceLength = 64 * 1024;

interface DeviceKey {
  readonly tenantId: string;
  readonly deviceId: string;
}

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
  yield* webhooks(parts, tenantId);
  yield* jobs(parts, tenantId);
  yield* devices(parts, tenantId);
  yield* arrays(parts, tenantId);
  yield* audit(parts, tenantId);
}

async function* credentials({ auth }: ExportParts, tenantId: string): AsyncGenerator<ExportLine> {
  for (const [type, kind] of [
    ['key', 'KEY_KIND_KEY'],
    ['client', 'KEY_KIND_CLIENT'],
  ] as const) {
    for (let before: string | undefined = ''; before !== undefined; ) {
      const { keys }: ListKeysResponse__Output = await auth.unary('ListKeys', {
        tenantId,
        kind,
        limit: keyPage,
        before,
      });
      for (const key of keys) yield { type, ...presentKey(key) };
      before = keys.length < keyPage ? undefined : keys.at(-1)?.id;
    }
  }
}

async function* consents({ auth }: ExportParts, tenantId: string): AsyncGenerator<ExportLine> {
  const { consents } = await auth.unary('ListConsents', { tenantId });
  for (const consent of consents) yield { type: 'consent', ...presentConsent(consent) };
}

async function* usage({ auth, usage }: ExportParts, tenantId: string): AsyncGenerator<ExportLine> {
  await usage.flush();
  for (let after: UsageRow__Output | undefined; ; ) {
    const { rows }: ListUsageResponse__Output = await auth.unary('ListUsage', {
      tenantId,
      ...(after ? { after } : {}),
    });
    for (const { day, endpoint, keyId, requests, molecules, errors } of rows) {
      yield { type: 'usage', day, endpoint, key_id: keyId, requests, molecules, errors };
    }
    after = rows.at(-1);
    if (!after) return;
  }
}

async function* webhooks({ jobs }: ExportParts, tenantId: string): AsyncGenerator<ExportLine> {
  for (let before: string | undefined; ; ) {
    const page = await jobs.webhooks.deliveries(tenantId, { limit: jobPage, before });
    for (const delivery of page) yield { type: 'webhook_delivery', ...presentDelivery(delivery) };
    before = page.at(-1)?.id;
    if (page.length < jobPage) break;
  }

  for (const webhook of await jobs.webhooks.list(tenantId))
    yield { type: 'webhook', ...presentWebhook(webhook) };
}

async function* jobs({ jobs }: ExportParts, tenantId: string): AsyncGenerator<ExportLine> {
  let before: string | undefined;
  for (;;) {
    const page = await jobs.list(tenantId, { limit: jobPage, before });
    for (const job of page) {
      yield { type: 'job', ...presentJob(job) };
      yield* unlessGone(jobRows(jobs, job));
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

async function* devices(parts: ExportParts, tenantId: string): AsyncGenerator<ExportLine> {
  for (let before: string | undefined = ''; before !== undefined; ) {
    const page: ListDevicesResponse__Output = await parts.sensors.unary('ListDevices', {
      ...{ tenantId, limit: devicePage, before },
    });
    for (const device of page.devices) {
      yield { type: 'device', ...presentDevice(device) };
      const key = { tenantId, deviceId: device.id };
      yield* calibrations(parts, key);
      yield* readings(parts, key);
    }
    before = page.devices.length < devicePage ? undefined : page.devices.at(-1)?.id;
  }
}

async function* arrays({ sensors }: ExportParts, tenantId: string): AsyncGenerator<ExportLine> {
  const { arrays } = await sensors.unary('ListArrays', { tenantId });
  for (const array of arrays) yield { type: 'sensor_array', ...presentArray(array) };
}

async function* calibrations({ sensors }: ExportParts, key: DeviceKey): AsyncGenerator<ExportLine> {
  for (let before: number | undefined = 0; before !== undefined; ) {
    const page: ListCalibrationsResponse__Output = await sensors.unary('ListCalibrations', {
      ...key,
      before,
    });
    for (const one of page.calibrations) {
      yield { type: 'calibration', device_id: key.deviceId, ...presentCalibration(one) };
    }
    before = page.calibrations.at(-1)?.id;
  }
}

async function* readings({ sensors }: ExportParts, key: DeviceKey): AsyncGenerator<ExportLine> {
  let fromMs: number | undefined;
  for (;;) {
    const { block } = await sensors.unary('ListReadings', {
      ...{ ...key, limit: readingPage },
      ...(fromMs === undefined ? {} : { fromMs }),
    });
    for (const reading of unpackReadings(block)) {
      yield { type: 'reading', device_id: key.deviceId, ...reading };
    }
    const last = block?.timeMs.at(-1);
    if (last === undefined || (block?.timeMs.length ?? 0) < readingPage) return;
    fromMs = last + 1;
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
