import type { Actor__Output } from '@sillage/contracts';
import type { Database, Keyring, RequestContext } from '@sillage/kit';
import type { ChangeOrigin } from '../clients/change.ts';
import type { ConsentStore } from '../clients/consent-store.ts';
import type { KeyStore } from '../clients/key-store.ts';
import type { KeyUseRecorder } from '../clients/key-use-recorder.ts';
import type { TenantStore } from '../clients/tenant-store.ts';
import type { TokenIssuer } from '../clients/token-issuer.ts';
import type { Environment } from '../domain/key-text.ts';
import { originOf } from './origin.ts';

/** What the handlers work with. */
export interface HandlerParts {
  readonly database: Database;
  readonly tenants: TenantStore;
  readonly keys: KeyStore;
  readonly consents: ConsentStore;
  readonly tokens: TokenIssuer;
  readonly keyring: Keyring;
  readonly uses: KeyUseRecorder;
  readonly environment: Environment;
  now: () => Date;
  newId: () => string;
  random: (bytes: number) => Uint8Array;
}

/** Who asks, of a request that changes something. */
export function originIn(
  parts: HandlerParts,
  request: { readonly actor: Actor__Output | null },
  context: RequestContext,
): ChangeOrigin {
  return originOf(request.actor, context, parts.keyring);
}
