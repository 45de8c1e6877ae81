import type { AuditEntry, AuthServiceDefinition } from '@sillage/contracts';
import { type Handlers, invalidField } from '@sillage/kit';
import { appendAudit, listAudit, verifyAudit } from '../clients/audit-log.ts';
import type { ChainedRow } from '../domain/audit-chain.ts';
import { isUuid } from '../domain/fields.ts';
import { type HandlerParts, originIn } from './parts.ts';
import { outcomeFromWire, outcomeToWire, readAuditEvent } from './record-audit.ts';

const defaultPage = 50;
const maxPage = 200;

export function auditHandlers(
  parts: HandlerParts,
): Pick<Handlers<AuthServiceDefinition>, 'RecordAudit' | 'ListAudit' | 'VerifyAudit'> {
  const { database, now } = parts;
  return {
    RecordAudit: async (request, context) => {
      const event = readAuditEvent(request, originIn(parts, request, context), now());
      return { seq: await database.transaction((transaction) => appendAudit(transaction, event)) };
    },

    ListAudit: async ({ tenantId, limit, before, action, outcome }) => {
      if (tenantId !== '' && !isUuid(tenantId)) return { entries: [] };
      if (limit > maxPage) throw invalidField('/limit', `limit must be at most ${maxPage}`);
      const rows = await listAudit(database, {
        ...{ tenantId, before, action, limit: limit || defaultPage },
        outcome: outcomeFromWire(outcome),
      });
      return { entries: rows.map(present) };
    },

    VerifyAudit: async ({ rows, head }) => {
      const noted = rows > 0 ? { seq: rows, hash: Buffer.from(head, 'hex') } : undefined;
      const report = await verifyAudit(database, noted);
      return {
        rows: report.rows,
        head: Buffer.from(report.head).toString('hex'),
        fault: report.fault ?? '',
      };
    },
  };
}

function present(row: ChainedRow): AuditEntry {
  return {
    ...row,
    tenantId: row.tenantId ?? '',
    outcome: outcomeToWire(row.outcome),
    hash: Buffer.from(row.hash).toString('hex'),
  };
}
