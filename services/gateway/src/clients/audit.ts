import type { Actor, AuditOutcome, AuthServiceDefinition } from '@sillage/contracts';
import type { GrpcClient } from '@sillage/kit';
import type { Request } from 'express';
import { type Exchange, exchangeOf } from '../http/exchange.ts';

/** Who asks, for RPCs that change something and for the audit log. */
export function actorOf(exchange: Exchange, request: Request): Actor {
  const { caller } = exchange;
  return {
    id: caller?.keyId === undefined ? 'service:gateway' : `${caller.credential}:${caller.keyId}`,
    address: request.ip ?? '',
    scopes: [...(caller?.scopes ?? [])],
  };
}

export interface AuditEntry {
  /** Two to four words joined by dots, for instance `account.exported`. */
  readonly action: string;
  /** What it was done to, by id: `job:01J…`. */
  readonly target: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  /** Facts without personal data and without secrets. */
  readonly detail?: Readonly<Record<string, string>>;
  /** Where it is another tenant than the caller's. */
  readonly tenantId?: string;
}

/** By their names on the wire. */
export const outcomes = {
  done: 'AUDIT_OUTCOME_DONE',
  refused: 'AUDIT_OUTCOME_REFUSED',
  failed: 'AUDIT_OUTCOME_FAILED',
} as const satisfies Record<AuditEntry['outcome'], AuditOutcome>;

/**
 * Writes what the caller of this request did to the audit log. Rejects when it could not be written: a change that
 * must leave a trace is then not to be made, or to be reported as failed.
 */
export async function recordAudit(
  auth: GrpcClient<AuthServiceDefinition>,
  request: Request,
  { tenantId, outcome, detail = {}, ...event }: AuditEntry,
): Promise<void> {
  const exchange = exchangeOf(request);
  await auth.unary('RecordAudit', {
    ...event,
    actor: actorOf(exchange, request),
    tenantId: tenantId ?? exchange.caller?.tenantId ?? '',
    outcome: outcomes[outcome],
    detail: { ...detail },
  });
}

/** Told after the change: what was loaded is served whether or not this can be written, and the caller hears that. */
export function recordModelChange(
  auth: GrpcClient<AuthServiceDefinition>,
  request: Request,
  change: 'loaded' | 'unloaded',
  model: string,
): Promise<void> {
  return recordAudit(auth, request, { action: `model.${change}`, target: `model:${model}`, outcome: 'done' });
}
