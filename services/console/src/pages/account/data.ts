import type {
  AccountJson,
  ConsentsJson,
  CreatedKeyJson,
  KeyJson,
  UsageJson,
  WebhookDeliveryJson,
  WebhookJson,
} from '@sillage/contracts';
import { queryOptions } from '@tanstack/react-query';
import { askJson } from '../../api/client.ts';

const dayMs = 86_400_000;

export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: () => askJson<AccountJson>('/api/v1/account'),
});

/** A day in UTC, as usage is counted: "2026-11-21". */
function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

export const usageQuery = (days: number, groupBy: 'day' | 'endpoint' | 'key') =>
  queryOptions({
    queryKey: ['account', 'usage', days, groupBy],
    queryFn: () => {
      const from = dayOf(Date.now() - (days - 1) * dayMs);
      return askJson<UsageJson>(`/api/v1/account/usage?${new URLSearchParams({ from, group_by: groupBy })}`);
    },
  });

/** Usage with the days on which nothing was used. */
export function everyDay(usage: UsageJson): readonly (UsageJson['total'] & { readonly day: string })[] {
  const known = new Map(usage.rows.map((row) => [row.day, row]));
  const days: (UsageJson['total'] & { day: string })[] = [];
  for (let at = Date.parse(usage.from); at <= Date.parse(usage.to); at += dayMs) {
    const day = dayOf(at);
    const { requests = 0, molecules = 0, errors = 0 } = known.get(day) ?? {};
    days.push({ day, requests, molecules, errors });
  }
  return days;
}

export const keysQuery = queryOptions({
  queryKey: ['account', 'keys'],
  queryFn: () => askJson<{ readonly keys: readonly KeyJson[] }>('/api/v1/keys?limit=200'),
});

export type KeyState = 'active' | 'expired' | 'revoked' | 'ending';

/** How a key stands; `ending`: rotated, and good for a while yet. */
export function stateOf(key: KeyJson, now: number): KeyState {
  if (key.revoked_at) return 'revoked';
  if (key.expires_at && Date.parse(key.expires_at) <= now) return 'expired';
  return key.replaced_by ? 'ending' : 'active';
}

export interface NewKey {
  readonly label: string;
  readonly scopes: readonly string[];
  readonly expires_at?: string;
  readonly address_ranges?: readonly string[];
}

export const createKey = (key: NewKey) =>
  askJson<CreatedKeyJson>('/api/v1/keys', { method: 'POST', body: key });
export const rotateKey = (id: string, overlapS: number) =>
  askJson<CreatedKeyJson>(`/api/v1/keys/${id}/rotate`, { method: 'POST', body: { overlap_s: overlapS } });
export const revokeKey = (id: string) => askJson<KeyJson>(`/api/v1/keys/${id}`, { method: 'DELETE' });

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: () => askJson<{ readonly webhooks: readonly WebhookJson[] }>('/api/v1/webhooks'),
});

const isSoon = (at: string | null) => at !== null && Date.parse(at) < Date.now() + 15_000;

export type DeliveryState = WebhookDeliveryJson['state'] | 'all';
export const deliveriesQuery = (state: DeliveryState, before: string | undefined) =>
  queryOptions({
    queryKey: ['deliveries', state, before ?? ''],
    queryFn: () =>
      askJson<{ readonly deliveries: readonly WebhookDeliveryJson[]; readonly next: string | null }>(
        `/api/v1/webhook-deliveries?${new URLSearchParams({
          limit: '20',
          ...(state === 'all' ? {} : { state }),
          ...(before ? { before } : {}),
        })}`,
      ),
    staleTime: 2000,
    // What is on its way, or about to be, has news soon.
    refetchInterval: ({ state: { data } }) =>
      data?.deliveries.some(({ next_attempt_at: next }) => isSoon(next)) ? 2000 : 20_000,
  });

export const consentsQuery = queryOptions({
  queryKey: ['account', 'consents'],
  queryFn: () => askJson<ConsentsJson>('/api/v1/account/consents'),
});
