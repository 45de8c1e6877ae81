import { setTimeout as delay } from 'node:timers/promises';
import { type LoadReport, loadTable, runLoad } from '@sillage/fleet';
import type { Access } from './fleet.ts';
import { type Figures, hold } from './report.ts';

/** Requests a second of the constant load: what two cores carry beside a rollout. */
export const usualRates = { predict: 35, generate: 0.3, events: 0.3 } as const;

export interface RunningLoad {
  /** Goes on until so many requests have been sent. */
  readonly reach: (requests: number) => Promise<void>;
  readonly stop: () => Promise<LoadReport>;
}

/** Constant load in the background. */
export function startLoad(
  { url, key }: Access,
  rates: Readonly<Record<'predict' | 'generate' | 'events', number>> = usualRates,
  isFresh = false,
): RunningLoad {
  const ending = new AbortController();
  const started = performance.now();
  const running = runLoad({ url, key, rates, isFresh, seconds: 3600, signal: ending.signal });
  const perSecond = rates.predict + rates.generate + rates.events;
  return {
    reach: async (requests) => {
      const left = ((requests + 10) / perSecond) * 1000 - (performance.now() - started);
      if (left > 0) await delay(left);
    },
    stop: () => {
      ending.abort();
      return running;
    },
  };
}

/** What was sent and how fast it was answered; throws where anything failed. */
export function expectNoneFailed(report: LoadReport, atLeast = 1): Figures {
  const { predict, generate, events } = report.kinds;
  const figures = {
    requests: report.requests,
    failed: report.failed,
    'predict p95 ms': predict.p95,
    'generate p95 ms': generate.p95,
    'job p95 ms': events.p95,
    'streams that moved': report.reconnects,
  };
  hold(report.failed === 0, `${report.failed} requests failed\n${loadTable(report)}`, figures);
  hold(report.requests >= atLeast, `only ${report.requests} requests were sent`, figures);
  return figures;
}
