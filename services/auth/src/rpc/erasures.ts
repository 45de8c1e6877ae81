import type { AuthServiceDefinition, Erasure as ErasureMessage } from '@sillage/contracts';
import { type Handlers, invalidField } from '@sillage/kit';
import { type Erasure, ErasureStore } from '../clients/erasure-store.ts';
import { type HandlerParts, originIn } from './parts.ts';

type Methods = 'EraseTenant' | 'ListErasures' | 'RecordErasure';

const defaultPage = 50;
const maxPage = 100;

export function erasureHandlers(parts: HandlerParts): Pick<Handlers<AuthServiceDefinition>, Methods> {
  const { now } = parts;
  const erasures = new ErasureStore(parts.database);
  return {
    EraseTenant: async (request, context) => ({
      erasure: present(await erasures.begin(request.tenantId, now(), originIn(parts, request, context))),
    }),

    ListErasures: async ({ due, limit }) => {
      if (limit > maxPage) throw invalidField('/limit', `limit must be at most ${maxPage}`);
      return { erasures: (await erasures.list(due, limit || defaultPage)).map(present) };
    },

    RecordErasure: async ({ tenantId, closes }, context) => {
      const actor = { id: 'service:gateway', address: '', scopes: [] };
      const origin = originIn(parts, { actor }, context);
      return { erasure: present(await erasures.record(tenantId, closes, now(), origin)) };
    },
  };
}

function present({ tenantId, askedAt, erasedAt, closedAt }: Erasure): ErasureMessage {
  return {
    tenantId,
    askedAt: askedAt.toISOString(),
    erasedAt: erasedAt?.toISOString() ?? '',
    closedAt: closedAt?.toISOString() ?? '',
  };
}
