/** What a tenant can agree to. */
export const tierNames = ['free', 'basic', 'pro', 'enterprise'] as const;
export type TierName = (typeof tierNames)[number];

export interface TierLimits {
  /** Requests of one credential in any 60 minutes; undefined: no limit. */
  readonly requestsPerHour: number | undefined;
  /** Molecules predicted or generated in a calendar month (UTC), those of jobs included; undefined: no limit. */
  readonly moleculesPerMonth: number | undefined;
  /** Jobs of a tenant that have not ended. */
  readonly concurrentJobs: number;
}

/** The one table of what each tier allows. */
export const tierLimits: Readonly<Record<TierName, TierLimits>> = {
  free: { requestsPerHour: 100, moleculesPerMonth: 10_000, concurrentJobs: 2 },
  basic: { requestsPerHour: 1000, moleculesPerMonth: 250_000, concurrentJobs: 5 },
  pro: { requestsPerHour: 10_000, moleculesPerMonth: 5_000_000, concurrentJobs: 20 },
  enterprise: { requestsPerHour: undefined, moleculesPerMonth: undefined, concurrentJobs: 100 },
};
