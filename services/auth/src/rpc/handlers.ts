import type { AuthServiceDefinition } from '@sillage/contracts';
import type { Handlers } from '@sillage/kit';
import { auditHandlers } from './audit.ts';
import { consentHandlers } from './consents.ts';
import { erasureHandlers } from './erasures.ts';
import { keyHandlers } from './keys.ts';
import { meteringHandlers } from './metering.ts';
import type { HandlerParts } from './parts.ts';
import { tenantHandlers } from './tenants.ts';
import { tokenHandlers } from './tokens.ts';

/** AuthService: each method reads its request, calls the domain and the stores, and shows the outcome. */
export function authHandlers(parts: HandlerParts): Handlers<AuthServiceDefinition> {
  return {
    ...tenantHandlers(parts),
    ...keyHandlers(parts),
    ...consentHandlers(parts),
    ...tokenHandlers(parts),
    ...auditHandlers(parts),
    ...meteringHandlers(parts),
    ...erasureHandlers(parts),
  };
}
