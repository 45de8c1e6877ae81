import { z } from 'zod';

/** What a credential may do, one word for each part of the API. */
export const scopeNames = ['predict', 'generate', 'sensors', 'research', 'account', 'admin'] as const;
export type ScopeName = (typeof scopeNames)[number];

/** Every model; `models:NAME` grants one. */
export const allModels = 'models:*';

const modelScope = /^models:(\*|[A-Za-z0-9][A-Za-z0-9._-]{0,99})$/;

/**
 * What a route asks of its caller: one scope, one of several, any credential (`any`), or none at all (`public`).
 * Which models a credential may use is asked where the model is known (`mayUseModel`).
 */
export type RouteScope = ScopeName | readonly ScopeName[] | 'any' | 'public';

/** What a credential gets where no list is given: all but admin. */
export const defaultScopes: readonly string[] = [...scopeNames.filter((name) => name !== 'admin'), allModels];

/** No credential carries more. */
export const maxScopes = 50;

export function isScope(text: string): boolean {
  return (scopeNames as readonly string[]).includes(text) || modelScope.test(text);
}

/** A list of scopes as it is kept: each once, and every model of `models` where the list says nothing of models. */
export function completeScopes(scopes: readonly string[], models: readonly string[] = [allModels]): string[] {
  const unique = [...new Set(scopes)];
  return unique.some(isModelScope) ? unique : [...unique, ...models];
}

/** Of the form `models:NAME` or `models:*`. */
export function isModelScope(scope: string): boolean {
  return scope.startsWith('models:');
}

/** Whether the scopes open a route. */
export function opens(scopes: ReadonlySet<string>, route: RouteScope): boolean {
  if (route === 'any' || route === 'public') return true;
  return typeof route === 'string' ? scopes.has(route) : route.some((one) => scopes.has(one));
}

export function mayUseModel(scopes: ReadonlySet<string>, model: string): boolean {
  return scopes.has(allModels) || scopes.has(`models:${model}`);
}

/** Those of `wanted` that `held` does not cover: what its holder cannot hand on. */
export function beyond(held: ReadonlySet<string>, wanted: readonly string[]): string[] {
  return wanted.filter((scope) => !held.has(scope) && !(isModelScope(scope) && held.has(allModels)));
}

/** Scopes as a request lists them. */
export const scopesField = z
  .array(
    z.string().refine(isScope, {
      error: `must be one of ${scopeNames.join(', ')}, models:* or models:NAME`,
    }),
    { error: `must be a list of 1 to ${maxScopes} scopes` },
  )
  .min(1, `must be a list of 1 to ${maxScopes} scopes`)
  .max(maxScopes, `must be a list of 1 to ${maxScopes} scopes`)
  .meta({
    description:
      'predict, generate, sensors, research, account, admin, and models:NAME for each model it may use (models:* for all; without any, all). At most what your own credential has.',
    example: ['predict', 'models:olfactory-base'],
  });
