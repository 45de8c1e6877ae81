import type { AuthServiceDefinition } from '@sillage/contracts';
import type { Handlers } from '@sillage/kit';
import { readDecisions } from '../domain/consent.ts';
import { type HandlerParts, originIn } from './parts.ts';

type Methods = 'ListConsents' | 'DecideConsents';

export function consentHandlers(parts: HandlerParts): Pick<Handlers<AuthServiceDefinition>, Methods> {
  const { consents, now } = parts;
  const list = async (tenantId: string) => ({
    consents: (await consents.history(tenantId)).map(({ purpose, isGranted, version, decidedAt }) => ({
      ...{ purpose, version },
      granted: isGranted,
      decidedAt: decidedAt.toISOString(),
    })),
  });
  return {
    ListConsents: ({ tenantId }) => list(tenantId),

    DecideConsents: async (request, context) => {
      const decisions = readDecisions(request.consents).map(({ granted, ...rest }) => ({
        ...rest,
        isGranted: granted,
      }));
      await consents.decide(request.tenantId, decisions, now(), originIn(parts, request, context));
      return list(request.tenantId);
    },
  };
}
