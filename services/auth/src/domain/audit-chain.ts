import { createHash, createHmac } from 'node:crypto';

/** One event of the audit log as it is hashed and stored. */
export interface AuditRow {
  /** 1, 2, 3, … without a gap. */
  readonly seq: number;
  /** UTC to the microsecond, as Postgres keeps it: 2026-11-21T10:00:00.000000Z. */
  readonly at: string;
  readonly actor: string;
  readonly tenantId: string | undefined;
  readonly action: string;
  readonly target: string;
  readonly address: string;
  readonly requestId: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly detail: Readonly<Record<string, string>>;
}

export interface ChainedRow extends AuditRow {
  readonly previousHash: Uint8Array;
  readonly hash: Uint8Array;
}

/** What the first row's hash is chained to. */
export const firstHash: Uint8Array = Buffer.alloc(32);

/** SHA-256 over the previous row's hash and the row's content as a JSON array of fixed order, detail by name. */
export function chainHash(previous: Uint8Array, row: AuditRow): Buffer {
  const detail = Object.entries(row.detail).sort(([a], [b]) => (a < b ? -1 : 1));
  const content = JSON.stringify([
    row.seq,
    row.at,
    row.actor,
    row.tenantId ?? null,
    row.action,
    row.target,
    row.address,
    row.requestId,
    row.outcome,
    detail,
  ]);
  return createHash('sha256').update(previous).update(content, 'utf8').digest();
}

/** 64 bits tell addresses apart and leave none to be read. */
const addressDigits = 16;

/** A keyed hash of a network address, keyed once more with the salt of one tenant: 16 hex digits. */
export function saltedAddress(salt: Uint8Array, address: string): string {
  return createHmac('sha256', salt).update(address, 'utf8').digest('hex').slice(0, addressDigits);
}

/** The moment as it is hashed: a Date has milliseconds, the column microseconds. */
export function auditTime(at: Date): string {
  return at.toISOString().replace('Z', '000Z');
}

export interface ChainState {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** Before the first row. */
export const chainStart: ChainState = { seq: 0, hash: firstHash };

/** The state after a row, or what is wrong with it, seen from the row before. */
export function follow(state: ChainState, row: ChainedRow): ChainState | string {
  if (row.seq !== state.seq + 1) {
    const missing = row.seq - state.seq - 1;
    return missing === 1
      ? `row ${state.seq + 1} is missing`
      : `rows ${state.seq + 1} to ${row.seq - 1} are missing`;
  }
  if (!isSame(row.previousHash, state.hash)) {
    return `row ${row.seq} does not follow row ${state.seq}: it carries another hash of it`;
  }
  if (!isSame(row.hash, chainHash(state.hash, row))) {
    return `row ${row.seq} (${row.action}, ${row.at}) was changed: its content does not give its hash`;
  }
  return { seq: row.seq, hash: row.hash };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
