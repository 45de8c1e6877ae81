import {
  type AdminJobJson,
  type AuthServiceDefinition,
  auditVerificationQuerySchema,
  listAdminJobsQuerySchema,
  tierFromMessage,
} from '@sillage/contracts';
import { type Job, type JobService, presentJob } from '@sillage/jobs';
import { type GrpcClient, internalError, invalidField } from '@sillage/kit';
import type { Request, RequestHandler } from 'express';
import { recordAudit } from '../clients/audit.ts';
import type { FleetView } from '../clients/fleet-view.ts';
import type { JobCharges } from '../clients/job-charges.ts';
import { sendJson } from '../http/answer.ts';
import { type Caller, endpoint } from '../http/exchange.ts';
import { linkNext } from '../http/links.ts';
import { parse } from '../http/parse.ts';
import { idOf } from '../http/path-id.ts';

export interface OperatorParts {
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly jobs: JobService;
  readonly charges: JobCharges;
  readonly fleet: FleetView;
}

/** GET /api/v1/admin/fleet. */
export function fleetHealth({ fleet }: OperatorParts): RequestHandler {
  return endpoint(async (_exchange, _request, response) => {
    response.setHeader('cache-control', 'no-store');
    sendJson(response, 200, await fleet.look());
  });
}

/** GET /api/v1/admin/jobs. */
export function listAllJobs({ jobs }: OperatorParts): RequestHandler {
  return endpoint(async (_exchange, request, response) => {
    const {
      limit,
      before,
      status: state,
      tenant_id: tenantId,
    } = parse(listAdminJobsQuerySchema, request.query);
    const page = await jobs.listAll({ limit, before, state, tenantId });
    const next = page.length === limit ? (page.at(-1)?.id ?? null) : null;
    linkNext(request, response, next === null ? undefined : { before: next });
    sendJson(response, 200, { jobs: page.map(presentAdminJob), next });
  });
}

/** GET /api/v1/admin/jobs/{id}. */
export function getAnyJob({ jobs }: OperatorParts): RequestHandler {
  return endpoint(async (_exchange, request, response) => {
    sendJson(response, 200, presentAdminJob(await jobs.getAny(idOf(request, 'job'))));
  });
}

/** POST /api/v1/admin/jobs/{id}/retry: as the tenant itself would, at its own charge. */
export function retryAnyJob(parts: OperatorParts): RequestHandler {
  const { jobs, charges } = parts;
  return endpoint(async (_exchange, request, response) => {
    const job = await jobs.getAny(idOf(request, 'job'));
    const owner = await ownerOf(parts, job.tenantId);
    const changed = await charges.again(owner, job, () => jobs.retry(job.tenantId, job.id));
    await record(parts, request, 'retried', job);
    sendJson(response, 200, presentAdminJob(changed));
  });
}

/** POST /api/v1/admin/jobs/{id}/cancel. */
export function cancelAnyJob(parts: OperatorParts): RequestHandler {
  return endpoint(async (_exchange, request, response) => {
    const job = await parts.jobs.getAny(idOf(request, 'job'));
    const changed = await parts.jobs.cancel(job.tenantId, job.id);
    await record(parts, request, 'cancelled', job);
    sendJson(response, 200, presentAdminJob(changed));
  });
}

/** DELETE /api/v1/admin/jobs/{id}. */
export function discardJob(parts: OperatorParts): RequestHandler {
  return endpoint(async (_exchange, request, response) => {
    const job = await parts.jobs.getAny(idOf(request, 'job'));
    await parts.jobs.discard(job.id);
    await record(parts, request, 'discarded', job);
    response.statusCode = 204;
    response.end();
  });
}

/** GET /api/v1/admin/audit/verification. */
export function verifyAudit({ auth }: OperatorParts): RequestHandler {
  return endpoint(async (_exchange, request, response) => {
    const { rows: noted, head: notedHead } = parse(auditVerificationQuerySchema, request.query);
    if ((noted === undefined) !== (notedHead === undefined)) {
      const missing = noted === undefined ? 'rows' : 'head';
      throw invalidField(`/${missing}`, 'rows and head are given together: the number of a row and its hash');
    }
    const { rows, head, fault } = await auth.unary('VerifyAudit', {
      rows: noted ?? 0,
      head: notedHead ?? '',
    });
    sendJson(response, 200, { holds: fault === '', rows, head, fault: fault || null });
  });
}

/** Whom a job is charged to. */
async function ownerOf({ auth }: OperatorParts, tenantId: string): Promise<Caller> {
  const { tenant } = await auth.unary('GetTenant', { tenantId });
  if (!tenant) throw internalError('no tenant in answer');
  // No key of the tenant asks for it; its usage has it under none.
  return { tenantId, keyId: '', credential: 'none', tier: tierFromMessage(tenant.tier), scopes: new Set() };
}

function record(
  { auth }: OperatorParts,
  request: Request,
  what: 'retried' | 'cancelled' | 'discarded',
  { id, tenantId }: Job,
): Promise<void> {
  return recordAudit(auth, request, {
    action: `job.${what}`,
    target: `job:${id}`,
    tenantId,
    outcome: 'done',
  });
}

function presentAdminJob(job: Job): AdminJobJson {
  return { tenant_id: job.tenantId, ...presentJob(job) };
}
