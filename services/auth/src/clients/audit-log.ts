import type { Database, Queryable } from '@sillage/kit';
import {
  type AuditRow,
  auditTime,
  type ChainedRow,
  type ChainState,
  chainHash,
  chainStart,
  follow,
  saltedAddress,
} from '../domain/audit-chain.ts';

/** What happened; the log adds its number and its place in the chain. */
export interface AuditEvent extends Omit<AuditRow, 'seq' | 'at'> {
  readonly at: Date;
}

/** One writer at a time, whatever the number of pods: "audit" as a number. */
const lockId = 0x61_75_64_69;

// The moment as text: a Date would lose the microseconds, and with them a change there.
const columns = `seq, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, actor, tenant_id,
  action, target, address, request_id, outcome, detail, previous_hash, hash`;

type StoredRow = {
  seq: string;
  at: string;
  actor: string;
  tenant_id: string | null;
  action: string;
  target: string;
  address: string;
  request_id: string;
  outcome: AuditRow['outcome'];
  detail: Record<string, string>;
  previous_hash: Buffer;
  hash: Buffer;
};

/** Adds an event at the end of the log, inside the transaction of what it tells of. Returns its number. */
export async function appendAudit(transaction: Queryable, event: AuditEvent): Promise<number> {
  const address = await addressFor(transaction, event);
  await transaction.query('select pg_advisory_xact_lock($1)', [lockId]);
  const [last] = await transaction.query<{ seq: string; hash: Buffer }>(
    'select seq, hash from auth.audit order by seq desc limit 1',
  );
  const previousHash = last?.hash ?? chainStart.hash;
  const row: AuditRow = { ...event, address, seq: Number(last?.seq ?? 0) + 1, at: auditTime(event.at) };
  await transaction.query(
    `insert into auth.audit (seq, at, actor, tenant_id, action, target, address, request_id, outcome, detail,
       previous_hash, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      ...[
        row.seq,
        row.at,
        row.actor,
        row.tenantId ?? null,
        row.action,
        row.target,
        row.address,
        row.requestId,
      ],
      ...[row.outcome, JSON.stringify(row.detail), previousHash, chainHash(previousHash, row)],
    ],
  );
  return row.seq;
}

/**
 * An address in a tenant's own rows is keyed with that tenant's salt too, so that it can be linked to nothing once the
 * salt has gone with the tenant. Rows about a tenant that is gone have none.
 */
async function addressFor(transaction: Queryable, { tenantId, address }: AuditEvent): Promise<string> {
  if (address === '' || tenantId === undefined) return address;
  const [tenant] = await transaction.query<{ audit_salt: Buffer }>(
    'select audit_salt from auth.tenants where id = $1',
    [tenantId],
  );
  return tenant ? saltedAddress(tenant.audit_salt, address) : '';
}

/** Newest first; `before` is the number of the last row of the page before, 0 for the first page. */
export async function listAudit(
  database: Database,
  ask: {
    /** Empty: of every tenant. */
    readonly tenantId: string;
    readonly limit: number;
    readonly before: number;
    /** Only this, or where it ends with a dot those that begin so; empty: all. */
    readonly action: string;
    readonly outcome: AuditRow['outcome'] | undefined;
  },
): Promise<readonly ChainedRow[]> {
  const rows = await database.query<StoredRow>(
    `select ${columns} from auth.audit
     where ($1::uuid is null or tenant_id = $1) and ($2::int8 = 0 or seq < $2)
       and ($4 = '' or action = $4 or ($4 like '%.' and starts_with(action, $4)))
       and ($5::text is null or outcome = $5)
     order by seq desc limit $3`,
    [ask.tenantId || null, ask.before, ask.limit, ask.action, ask.outcome ?? null],
  );
  return rows.map(toRow);
}

export interface AuditReport {
  /** Rows that hold, from the first on. */
  readonly rows: number;
  /** The newest hash: noted elsewhere, it shows later whether rows were cut off the end. */
  readonly head: Uint8Array;
  /** What is wrong with the first row that does not hold; undefined: nothing. */
  readonly fault: string | undefined;
}

/**
 * Follows the whole chain, a page at a time. `expected` is a head noted earlier: it must still be where it was.
 */
export async function verifyAudit(database: Database, expected?: ChainState): Promise<AuditReport> {
  let state = chainStart;
  for (;;) {
    const page = await database.query<StoredRow>(
      `select ${columns} from auth.audit where seq > $1 order by seq limit 1000`,
      [state.seq],
    );
    for (const row of page) {
      const next = follow(state, toRow(row));
      if (typeof next === 'string') return { rows: state.seq, head: state.hash, fault: next };
      state = next;
      if (state.seq === expected?.seq && Buffer.compare(state.hash, expected.hash) !== 0) {
        return {
          rows: state.seq - 1,
          head: state.hash,
          fault: `row ${state.seq} is not the one that was noted`,
        };
      }
    }
    if (page.length === 0) break;
  }
  const isCut = expected !== undefined && expected.seq > state.seq;
  const fault = isCut ? `rows ${state.seq + 1} to ${expected.seq} were cut off the end` : undefined;
  return { rows: state.seq, head: state.hash, fault };
}

function toRow(row: StoredRow): ChainedRow {
  return {
    seq: Number(row.seq),
    at: row.at,
    actor: row.actor,
    tenantId: row.tenant_id ?? undefined,
    action: row.action,
    target: row.target,
    address: row.address,
    requestId: row.request_id,
    outcome: row.outcome,
    detail: row.detail,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}
