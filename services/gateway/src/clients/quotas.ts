import { type AuthServiceDefinition, type QuotaState__Output, tierLimits } from '@sillage/contracts';
import { AppError, type GrpcClient, type Log, reasonOf } from '@sillage/kit';
import { LRUCache } from 'lru-cache';
import { QuotaLease, type QuotaStanding } from '../domain/quota-lease.ts';
import type { Caller } from '../http/exchange.ts';

/** A lease nobody spends from for so long is given back. */
const idleMs = 10_000;
const maxTenants = 20_000;
const timeoutMs = 2000;

interface Tenant {
  readonly lease: QuotaLease;
  /** The calls to auth for this tenant, one after the other. */
  asking: Promise<unknown>;
}

/**
 * The month's molecules of tenants. Auth owns the count; this gateway holds a little of it for each busy tenant, so
 * that most requests are charged in memory. What cannot be given back because auth is away stays charged.
 */
export class Quotas {
  readonly #auth: GrpcClient<AuthServiceDefinition>;
  readonly #log: Log;
  readonly #tenants = new LRUCache<string, Tenant>({
    max: maxTenants,
    dispose: (tenant, id, reason) => {
      if (reason === 'evict') void this.#giveBack(id, tenant.lease);
    },
  });
  readonly #timer: NodeJS.Timeout;

  constructor(options: { auth: GrpcClient<AuthServiceDefinition>; log: Log }) {
    this.#auth = options.auth;
    this.#log = options.log;
    this.#timer = setInterval(() => void this.#giveBackIdle(), idleMs);
    this.#timer.unref();
  }

  /**
   * Charges molecules to the caller's month; at once where this gateway holds enough.
   * @throws {AppError} `quota_exceeded` when there are not so many left, `unavailable` when auth has been away for long.
   */
  charge(caller: Caller, molecules: number): void | Promise<void> {
    const limit = isMetered(caller) ? tierLimits[caller.tier].moleculesPerMonth : undefined;
    if (limit === undefined || molecules === 0) return;
    const tenant = this.#tenantOf(caller.tenantId, limit);
    if (tenant.lease.spend(molecules, Date.now())) return;
    if (tenant.lease.isRefused(molecules, Date.now())) throw quotaExceeded(tenant.lease.standing, molecules);
    // Who needs more is among the recent ones; moving it there at each request would cost more than the charge.
    this.#tenants.get(caller.tenantId);
    const charged = tenant.asking.then(() => this.#chargeByAuth(caller.tenantId, tenant.lease, molecules));
    tenant.asking = charged.catch(() => {});
    return charged;
  }

  /** Takes back molecules that were charged and not answered. */
  restore(caller: Caller, molecules: number): void {
    if (molecules > 0 && isMetered(caller)) this.#tenants.peek(caller.tenantId)?.lease.restore(molecules);
  }

  /** Gives back what this gateway holds of a tenant, so that its account tells what is left. */
  async settle(tenantId: string): Promise<void> {
    const tenant = this.#tenants.peek(tenantId);
    if (tenant) await this.#giveBack(tenantId, tenant.lease);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#tenants.entries()].map(([id, { lease }]) => this.#giveBack(id, lease)));
  }

  #tenantOf(id: string, limit: number): Tenant {
    const known = this.#tenants.peek(id);
    if (known) return known;
    const tenant = { lease: new QuotaLease(limit), asking: Promise.resolve() };
    this.#tenants.set(id, tenant);
    return tenant;
  }

  async #chargeByAuth(tenantId: string, lease: QuotaLease, molecules: number): Promise<void> {
    // While this waited its turn another call may have brought enough, or a refusal.
    if (lease.spend(molecules, Date.now())) return;
    if (lease.isRefused(molecules, Date.now())) throw quotaExceeded(lease.standing, molecules);
    const ask = lease.ask(molecules, Date.now());
    try {
      const answer = await this.#auth.unary('ReserveQuota', { tenantId, ...ask }, { timeoutMs });
      const granted = answer.isGranted ? answer.granted : undefined;
      lease.answered({ granted, standing: toStanding(answer.quota), spent: ask.spent }, Date.now());
    } catch (error) {
      if (!isAway(error) || !lease.overdraw(molecules)) throw error;
      return;
    }
    if (!lease.spend(molecules, Date.now())) throw quotaExceeded(lease.standing, molecules);
  }

  async #giveBackIdle(): Promise<void> {
    for (const [id, { lease }] of this.#tenants.entries()) {
      if (Date.now() - lease.spentMs >= idleMs) await this.#giveBack(id, lease);
    }
  }

  /** Never rejects. */
  async #giveBack(tenantId: string, lease: QuotaLease): Promise<void> {
    try {
      if (lease.owed > 0) {
        const spent = lease.owed;
        const answer = await this.#auth.unary('ReserveQuota', { tenantId, spent }, { timeoutMs });
        lease.answered({ granted: 0, standing: toStanding(answer.quota), spent }, Date.now());
      }
      const released = lease.release(Date.now());
      if (released) await this.#auth.unary('ReturnQuota', { tenantId, ...released }, { timeoutMs });
    } catch (error) {
      this.#log.warn({ tenantId, reason: reasonOf(error) }, 'molecules held in reserve not given back');
    }
  }
}

/** The anonymous tenant has the limit of its address alone. */
export function isMetered(caller: Caller): boolean {
  return caller.keyId !== undefined;
}

export function toStanding(quota: QuotaState__Output | null): QuotaStanding {
  return {
    month: quota?.month ?? '',
    used: quota?.used ?? 0,
    limit: quota?.limit ?? Number.POSITIVE_INFINITY,
    resetsAtMs: Date.parse(quota?.resetsAt ?? ''),
  };
}

export function quotaExceeded(standing: QuotaStanding | undefined, molecules: number): AppError {
  const { limit = 0, used = 0, resetsAtMs = Date.now() } = standing ?? {};
  const resetsAt = new Date(resetsAtMs).toISOString();
  const left = Math.max(0, limit - used);
  return new AppError(
    'quota_exceeded',
    `this asks for ${molecules} molecules and ${left} of this month's ${limit} are left; the quota resets at ${resetsAt}`,
    {
      retryAfterS: Math.max(1, Math.ceil((resetsAtMs - Date.now()) / 1000)),
      extra: { quota: { name: 'molecules_per_month', limit, used, resets_at: resetsAt } },
    },
  );
}

function isAway(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'unavailable' || error.code === 'deadline');
}
