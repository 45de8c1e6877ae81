import {
  type AccountJson,
  type AuthServiceDefinition,
  maxUsageDays,
  presentUsage,
  tierFromMessage,
  tierLimits,
  type UsageGroup,
  type UsageJson,
  usageQuerySchema,
} from '@sillage/contracts';
import { type GrpcClient, internalError, invalidField } from '@sillage/kit';
import type { RequestHandler } from 'express';
import type { Quotas } from '../clients/quotas.ts';
import type { UsageRecorder } from '../clients/usage-recorder.ts';
import { sendJson } from '../http/answer.ts';
import { endpoint, holderOf } from '../http/exchange.ts';
import { parse } from '../http/parse.ts';

export interface AccountParts {
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly quotas: Quotas;
  readonly usage: UsageRecorder;
}

const dayMs = 86_400_000;
const usualDays = 30;

/** GET /api/v1/account. */
export function account({ auth, quotas }: AccountParts): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const { tenantId, keyId, credential, scopes } = holderOf(exchange);
    // What this gateway holds in reserve is not used.
    await quotas.settle(tenantId);
    const { tenant, createdAt, quota, openJobs } = await auth.unary('GetAccount', { tenantId });
    if (!tenant || !quota) throw internalError('no tenant or quota in answer');
    const tier = tierFromMessage(tenant.tier);
    const limits = tierLimits[tier];
    const shown: AccountJson = {
      tenant: { id: tenant.id, name: tenant.name, tier, created_at: createdAt },
      limits: {
        requests_per_hour: limits.requestsPerHour ?? null,
        molecules_per_month: limits.moleculesPerMonth ?? null,
        concurrent_jobs: limits.concurrentJobs,
      },
      molecules: {
        month: quota.month,
        used: quota.used,
        left: quota.limit === undefined ? null : Math.max(0, quota.limit - quota.used),
        resets_at: quota.resetsAt,
      },
      open_jobs: openJobs,
      credential: { kind: credential, id: keyId, scopes: [...scopes].sort() },
    };
    sendJson(response, 200, shown);
  });
}

const wireGroups = {
  day: 'USAGE_GROUP_DAY',
  endpoint: 'USAGE_GROUP_ENDPOINT',
  key: 'USAGE_GROUP_KEY',
} as const satisfies Record<UsageJson['group_by'][number], UsageGroup>;

/** GET /api/v1/account/usage. */
export function accountUsage({ auth, usage }: AccountParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { tenantId } = holderOf(exchange);
    const { group_by: groups, ...asked } = parse(usageQuerySchema, request.query);
    const to = asked.to ?? dayOf(Date.now());
    const from = asked.from ?? dayOf(Date.parse(to) - (usualDays - 1) * dayMs);
    if (to < from) throw invalidField('/to', `to must not lie before from (${from})`);
    if ((Date.parse(to) - Date.parse(from)) / dayMs > maxUsageDays) {
      throw invalidField('/from', `from must lie at most ${maxUsageDays} days before to`);
    }
    // What this gateway has counted belongs into its own answer.
    await usage.flush();
    const groupBy = groups.map((group) => wireGroups[group]);
    const { rows } = await auth.unary('GetUsage', { tenantId, from, to, groupBy });
    sendJson(response, 200, presentUsage({ from, to, groups }, rows));
  });
}

function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
