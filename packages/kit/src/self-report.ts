import { hostname } from 'node:os';
import type { Health } from './health.ts';

/** What a process says of itself: who it is, since when it runs, and how what it needs is. */
export interface SelfReport {
  readonly service: string;
  readonly version: string;
  /** Name of the host, or of the pod. */
  readonly instance: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly isReady: boolean;
  readonly checks: {
    readonly name: string;
    readonly isOk: boolean;
    readonly isVital: boolean;
    /** Why it is not there, or how it is; empty: nothing to tell. */
    readonly detail: string;
  }[];
}

/** Looks at every dependency now and reports it. */
export async function reportSelf(
  service: string,
  { config, health }: { readonly config: { readonly SERVICE_VERSION: string }; readonly health: Health },
): Promise<SelfReport> {
  const { status, checks } = await health.report();
  return {
    service,
    version: config.SERVICE_VERSION,
    instance: hostname(),
    startedAt: new Date(performance.timeOrigin).toISOString(),
    isReady: status === 'ready',
    checks: Object.entries(checks).map(([name, { ok, detail = '' }]) => ({
      name,
      isOk: ok,
      isVital: health.isVital(name),
      detail,
    })),
  };
}
