import type { Actor__Output } from '@sillage/contracts';
import { invalidField, type Keyring, type RequestContext } from '@sillage/kit';
import type { ChangeOrigin } from '../clients/change.ts';

const actorPattern = /^(operator|(key|client|service):[\w-]{1,100})$/;
const addressPurpose = 'sillage/auth/audit-address/v1';
/** 64 bits tell addresses apart and leave none to be read. */
const addressDigits = 16;

/** Throws invalid_input for an actor of another form. */
export function originOf(
  actor: Actor__Output | null,
  context: RequestContext,
  keyring: Keyring,
): ChangeOrigin {
  const { requestId } = context;
  if (!actor) return { actor: 'operator', address: '', requestId, scopes: undefined };
  if (!actorPattern.test(actor.id)) {
    throw invalidField('/actor/id', 'actor must be operator, key:ID, client:ID or service:NAME');
  }
  const address =
    actor.address === ''
      ? ''
      : keyring.hash(actor.address, addressPurpose).toString('hex').slice(0, addressDigits);
  const isService = actor.id.startsWith('service:') || actor.id === 'operator';
  return { actor: actor.id, address, requestId, scopes: isService ? undefined : new Set(actor.scopes) };
}
