import type { SessionJson } from '@sillage/contracts';
import {
  type Query,
  type QueryClient,
  queryOptions,
  useQuery,
  useSuspenseQuery,
} from '@tanstack/react-query';
import { askJson, rememberSession } from './client.ts';
import { needsSignIn } from './problem.ts';

const path = '/api/v1/session';

/** Who is signed in; null: nobody. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async (): Promise<SessionJson | null> => {
    try {
      const session = await askJson<SessionJson>(path);
      rememberSession(session);
      return session;
    } catch (error) {
      if (needsSignIn(error)) return null;
      throw error;
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

/** Whether the session, known to hold, is good for a scope. */
export function useMay(scope: string): boolean {
  const { data } = useSuspenseQuery(sessionQuery);
  return data?.scopes.includes(scope) ?? false;
}

/** Who is signed in, once that is known. */
export function useSession(): SessionJson | null | undefined {
  return useQuery(sessionQuery).data;
}

/** A key for a session. Throws ApiError where the key does not hold. */
export async function signIn(key: string): Promise<SessionJson> {
  const session = await askJson<SessionJson>(path, { method: 'POST', body: { key } });
  rememberSession(session);
  return session;
}

/** Nobody is signed in any more, and nothing is left of what was shown. */
export function forgetSession(queries: QueryClient): void {
  rememberSession(undefined);
  // First what the page looks at, so that it stops asking for the rest.
  queries.setQueryData(sessionQuery.queryKey, null);
  forgetAnswers(queries);
}

export async function signOut(): Promise<void> {
  await askJson(path, { method: 'DELETE' });
  rememberSession(undefined);
}

/** Whether a query is about something else than who is signed in. */
export function isAnswer({ queryKey }: Pick<Query, 'queryKey'>): boolean {
  return queryKey[0] !== 'session';
}

/** Forgets what was shown to whoever was signed in. */
export function forgetAnswers(queries: QueryClient): void {
  queries.removeQueries({ predicate: isAnswer });
}
