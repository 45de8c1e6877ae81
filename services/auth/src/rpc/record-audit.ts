import type { AuditOutcome__Output, RecordAuditRequest__Output } from '@sillage/contracts';
import { invalidField } from '@sillage/kit';
import type { AuditEvent } from '../clients/audit-log.ts';
import type { ChangeOrigin } from '../clients/change.ts';
import { isUuid } from '../domain/fields.ts';

const actionPattern = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}$/;
const namePattern = /^[a-zA-Z][\w.-]{0,49}$/;
const maxText = 200;
const maxFacts = 20;

const outcomes = {
  AUDIT_OUTCOME_DONE: 'done',
  AUDIT_OUTCOME_REFUSED: 'refused',
  AUDIT_OUTCOME_FAILED: 'failed',
} as const;
const wireNames = {
  done: 'AUDIT_OUTCOME_DONE',
  refused: 'AUDIT_OUTCOME_REFUSED',
  failed: 'AUDIT_OUTCOME_FAILED',
} as const satisfies Record<AuditEvent['outcome'], AuditOutcome__Output>;

export function outcomeToWire(outcome: AuditEvent['outcome']): AuditOutcome__Output {
  return wireNames[outcome];
}

/** Undefined where none is named. */
export function outcomeFromWire(outcome: AuditOutcome__Output): AuditEvent['outcome'] | undefined {
  return outcome === 'AUDIT_OUTCOME_UNSPECIFIED' ? undefined : outcomes[outcome];
}

/** The event another service asks to record. Throws invalid_input that names the field. */
export function readAuditEvent(
  request: RecordAuditRequest__Output,
  origin: ChangeOrigin,
  at: Date,
): AuditEvent {
  const { action, target, detail, tenantId } = request;
  if (!actionPattern.test(action) || action.length > 100) {
    throw invalidField(
      '/action',
      'action must be two to four words joined by dots, such as account.exported',
    );
  }
  if (target.length > maxText || /\p{Cc}/u.test(target)) {
    throw invalidField('/target', `target must be at most ${maxText} characters without control characters`);
  }
  if (tenantId !== '' && !isUuid(tenantId))
    throw invalidField('/tenant_id', 'tenant_id must be a UUID or empty');
  if (request.outcome === 'AUDIT_OUTCOME_UNSPECIFIED') {
    throw invalidField('/outcome', 'outcome must be one of done, refused, failed');
  }
  const facts = Object.entries(detail);
  if (facts.length > maxFacts) throw invalidField('/detail', `detail must have at most ${maxFacts} members`);
  for (const [name, value] of facts) {
    if (!namePattern.test(name) || value.length > maxText || value.includes('\0')) {
      throw invalidField(
        '/detail',
        `detail must have names of letters and values of at most ${maxText} characters`,
      );
    }
  }
  return {
    at,
    actor: origin.actor,
    tenantId: tenantId || undefined,
    action,
    target,
    address: origin.address,
    requestId: origin.requestId,
    outcome: outcomes[request.outcome],
    detail,
  };
}
