/** The calendar month (UTC) of a time, as "2026-11". */
export function monthOf(at: Date): string {
  return at.toISOString().slice(0, 7);
}

/** When the month that holds this time is over. */
export function monthEnd(at: Date): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
}

export interface QuotaAsk {
  /** All of it or nothing. */
  readonly needed: number;
  /** As much of it as may be held in reserve; `needed` included. */
  readonly wanted: number;
}

/** Of what is left beyond the need, one gateway may hold no more than this share, so that others find some too. */
const reserveShare = 1 / 8;

/** How much may be charged: undefined when the need does not fit. `limit` undefined: no limit. */
export function grantQuota(ask: QuotaAsk, used: number, limit: number | undefined): number | undefined {
  if (limit === undefined) return Math.max(ask.needed, ask.wanted);
  const left = limit - used;
  if (ask.needed > 0 && ask.needed > left) return undefined;
  const beyond = Math.max(0, Math.floor((left - ask.needed) * reserveShare));
  return ask.needed + Math.min(Math.max(0, ask.wanted - ask.needed), beyond);
}
