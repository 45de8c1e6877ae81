import type { Queryable } from '@sillage/kit';
import { appendAudit } from './audit-log.ts';

/** Who changes something, as the audit log tells it. */
export interface ChangeOrigin {
  readonly actor: string;
  /** Keyed hash of the network address; empty where there was none. */
  readonly address: string;
  readonly requestId: string;
  /** What the actor can hand on or change; undefined: anything. */
  readonly scopes: ReadonlySet<string> | undefined;
}

/** What was done, told in the transaction that does it; the last thing there, since the log has one writer at a time. */
export function recordChange(
  transaction: Queryable,
  origin: ChangeOrigin,
  at: Date,
  event: {
    action: string;
    target: string;
    tenantId?: string | undefined;
    detail?: Readonly<Record<string, string>>;
  },
): Promise<number> {
  const { actor, address, requestId } = origin;
  return appendAudit(transaction, {
    ...{ at, actor, address, requestId, outcome: 'done' },
    action: event.action,
    target: event.target,
    tenantId: event.tenantId,
    detail: event.detail ?? {},
  });
}

/** Every gateway listens here. */
const channel = 'auth_keys';

/** Tells every gateway, when the transaction commits, what no longer stands as they know it. */
export async function tellGateways(
  transaction: Queryable,
  what: { key: string } | { tenant: string } | 'signing-keys',
): Promise<void> {
  const payload = what === 'signing-keys' ? what : 'key' in what ? what.key : `tenant:${what.tenant}`;
  await transaction.query('select pg_notify($1, $2)', [channel, payload]);
}
