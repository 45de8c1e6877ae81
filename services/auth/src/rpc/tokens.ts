import { type AuthServiceDefinition, beyond, isModelScope } from '@sillage/contracts';
import { type Handlers, invalidField } from '@sillage/kit';
import { keyIdOf } from '../domain/key-text.ts';
import { judge } from '../domain/verdict.ts';
import { judgeSecret, presentVerdict } from './keys.ts';
import { type HandlerParts, originIn } from './parts.ts';

type Methods = 'IssueToken' | 'CheckClient' | 'GetSigningKeys' | 'RotateSigningKey';

const maxOverlapS = 86_400;

const refusals = {
  unknown: 'TOKEN_REFUSAL_INVALID_CLIENT',
  revoked: 'TOKEN_REFUSAL_REVOKED',
  expired: 'TOKEN_REFUSAL_EXPIRED',
  suspended: 'TOKEN_REFUSAL_SUSPENDED',
} as const;

export function tokenHandlers(parts: HandlerParts): Pick<Handlers<AuthServiceDefinition>, Methods> {
  const { keys, tokens, uses, environment, now } = parts;
  return {
    IssueToken: async ({ clientId, clientSecret, scopes: asked }) => {
      const id = keyIdOf('client', clientSecret, environment);
      if (id === undefined || id !== clientId) return { refusal: refusals.unknown };
      const verdict = await judgeSecret(parts, await keys.find('client', id), clientSecret);
      if (verdict.kind !== 'valid') return { refusal: refusals[verdict.kind] };
      const { key } = verdict;
      const scopes = narrow(key.scopes, asked);
      if (!scopes) return { refusal: 'TOKEN_REFUSAL_INVALID_SCOPE' };
      const at = now();
      uses.record(id, at);
      const { token, expiresInS } = await tokens.issue({ clientId, tenantId: key.tenantId, scopes }, at);
      return { token, expiresInS, scopes, addressRanges: [...key.addressRanges] };
    },

    CheckClient: async ({ clientId }) => {
      const at = now();
      // Whoever asks has verified a token of this client: that stands for its secret.
      const verdict = judge(await keys.find('client', clientId), true, at);
      if (verdict.kind === 'valid') uses.record(clientId, at);
      return presentVerdict(verdict);
    },

    GetSigningKeys: async () => tokens.verification(now()),

    RotateSigningKey: async (request, context) => {
      const { overlapS } = request;
      if (overlapS > maxOverlapS) {
        throw invalidField('/overlap_s', `overlap_s must be a whole number from 0 to ${maxOverlapS}`);
      }
      return { kid: await tokens.rotate(overlapS * 1000, now(), originIn(parts, request, context)) };
    },
  };
}

/** What was asked of what the client has; its models where none is named. Undefined: more than it has. */
function narrow(held: readonly string[], asked: readonly string[]): string[] | undefined {
  if (asked.length === 0) return [...held];
  if (beyond(new Set(held), asked).length > 0) return undefined;
  return asked.some(isModelScope)
    ? [...new Set(asked)]
    : [...new Set([...asked, ...held.filter(isModelScope)])];
}
