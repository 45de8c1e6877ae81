import { eraseQuerySchema, presentErasure } from '@sillage/contracts';
import { invalidField } from '@sillage/kit';
import type { Request, RequestHandler, Response } from 'express';
import { actorOf } from '../clients/audit.ts';
import type { Erasures } from '../clients/erasures.ts';
import type { KeyVerifier } from '../clients/key-verifier.ts';
import { sendJson } from '../http/answer.ts';
import { type Exchange, endpoint, holderOf } from '../http/exchange.ts';
import { parse } from '../http/parse.ts';
import { idOf } from '../http/path-id.ts';

export interface ErasureParts {
  readonly erasures: Erasures;
  readonly verifier: KeyVerifier;
}

/** DELETE /api/v1/account. */
export function eraseAccount(parts: ErasureParts): RequestHandler {
  return endpoint((exchange, request, response) =>
    erase(parts, holderOf(exchange).tenantId, { exchange, request, response }),
  );
}

/** DELETE /api/v1/admin/tenants/{id}. */
export function eraseTenant(parts: ErasureParts): RequestHandler {
  return endpoint((exchange, request, response) =>
    erase(parts, idOf(request, 'tenant'), { exchange, request, response }),
  );
}

/** GET /api/v1/admin/erasures. */
export function listErasures({ erasures }: ErasureParts): RequestHandler {
  return endpoint(async (_exchange, _request, response) => {
    sendJson(response, 200, { erasures: (await erasures.list()).map(presentErasure) });
  });
}

async function erase(
  { erasures, verifier }: ErasureParts,
  tenantId: string,
  { exchange, request, response }: { exchange: Exchange; request: Request; response: Response },
): Promise<void> {
  const { confirm } = parse(eraseQuerySchema, request.query);
  if (confirm !== tenantId) {
    throw invalidField('/confirm', 'confirm must be the id of the tenant that is to be erased');
  }
  const erasure = await erasures.begin(tenantId, actorOf(exchange, request));
  verifier.forgetTenant(tenantId);
  sendJson(response, 202, presentErasure(erasure));
}
