import {
  beyond,
  completeScopes,
  defaultScopes,
  isModelScope,
  isScope,
  maxScopes,
  scopeNames,
} from '@sillage/contracts';
import { AppError, invalidField } from '@sillage/kit';

/** What a credential is given: what was asked for, or where nothing was, all that its maker has but admin. */
export function grant(asked: readonly string[], held: ReadonlySet<string> | undefined): string[] {
  const own = held ? [...held] : defaultScopes;
  if (asked.length === 0) return own.filter((scope) => scope !== 'admin');
  if (asked.length > maxScopes) throw invalidField('/scopes', `scopes must be at most ${maxScopes}`);
  const wrong = asked.find((scope) => !isScope(scope));
  if (wrong !== undefined) {
    throw invalidField('/scopes', `scopes must be of ${scopeNames.join(', ')}, models:* and models:NAME`);
  }
  const granted = completeScopes(asked, own.filter(isModelScope));
  assertHeld(granted, held);
  return granted;
}

/** Throws forbidden when these scopes go beyond what their giver has. */
export function assertHeld(scopes: readonly string[], held: ReadonlySet<string> | undefined): void {
  const [missing] = held ? beyond(held, scopes) : [];
  if (missing === undefined) return;
  throw new AppError('forbidden', `your credential lacks the scope ${missing}, so it cannot give it`, {
    extra: { scope: missing },
  });
}
