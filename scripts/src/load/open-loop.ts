import { setTimeout as delay } from 'node:timers/promises';
import { HttpClient } from './http-client.ts';
import { type LoadKind, loadKinds, send } from './requests.ts';

export interface LoadOptions {
  readonly url: string;
  readonly key: string;
  /** Requests a second, by kind. */
  readonly rates: Readonly<Record<LoadKind, number>>;
  /** Ends after this time, or when `signal` aborts. */
  readonly seconds: number;
  readonly signal?: AbortSignal;
  /** Only molecules that no cache holds. */
  readonly isFresh?: boolean;
  readonly connectionAgeMs?: number;
  readonly timeoutMs?: number;
  /** Molecules of one prediction, all new; absent: one. */
  readonly molecules?: number;
  /** Told of every request that ended: when it was due and how long it took from then, milliseconds; what failed. */
  readonly onEnd?: (kind: LoadKind, end: { dueMs: number; ms: number; failure: string | undefined }) => void;
}

/** What became of the requests of one kind; milliseconds from when each was due, waiting in line included. */
export interface KindReport {
  readonly sent: number;
  readonly failed: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoadReport {
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
  readonly kinds: Readonly<Record<LoadKind, KindReport>>;
  /** How often each failure was seen, and when first and last, seconds after the start. */
  readonly failures: readonly {
    readonly what: string;
    readonly count: number;
    readonly first: number;
    readonly last: number;
  }[];
  /** Streams of events that a pod ended before their job had, and that went on elsewhere without a missing event. */
  readonly reconnects: number;
}

/** A fleet that answers nothing must not fill our memory: requests beyond these are failures, unsent. */
const maxInFlight = 2000;
const defaultAgeMs = 5000;
const defaultTimeoutMs = 30_000;

/**
 * Sends at fixed rates whatever the answers do, as many users would: a stall shows as the latency of all that was due
 * meanwhile. Resolves when every request has been answered or has failed.
 */
export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const { url, key, connectionAgeMs = defaultAgeMs, timeoutMs = defaultTimeoutMs, isFresh = false } = options;
  const client = new HttpClient({ url, key, connectionAgeMs, timeoutMs });
  const started = performance.now();
  const sinceStart = () => (performance.now() - started) / 1000;
  const tallies = Object.fromEntries(loadKinds.map((kind) => [kind, new Tally()])) as Record<LoadKind, Tally>;
  const failures = new Map<string, { count: number; first: number; last: number }>();
  const inFlight = new Set<Promise<void>>();
  const offset = Date.now() % 100_000_000;
  let reconnects = 0;

  const fail = (kind: LoadKind, what: string) => {
    tallies[kind].failed += 1;
    const name = `${kind}: ${what}`;
    const seen = failures.get(name) ?? { count: 0, first: round(sinceStart()), last: 0 };
    failures.set(name, { ...seen, count: seen.count + 1, last: round(sinceStart()) });
  };
  const one = async (kind: LoadKind, turn: number, dueMs: number) => {
    let failure: string | undefined;
    try {
      const many = options.molecules === undefined ? {} : { molecules: options.molecules };
      const outcome = await send(kind, turn, { client, offset, isFresh, ...many });
      reconnects += outcome.reconnects;
    } catch (error) {
      failure = failureText(error);
      fail(kind, failure);
    }
    const ms = performance.now() - started - dueMs;
    tallies[kind].latencies.push(ms);
    options.onEnd?.(kind, { dueMs, ms, failure });
  };
  const arrivals = async (kind: LoadKind) => {
    const rate = options.rates[kind];
    for (let turn = 0; rate > 0 && turn < rate * options.seconds; turn += 1) {
      const dueMs = (turn / rate) * 1000;
      const wait = dueMs - (performance.now() - started);
      if (wait > 1) await delay(wait, undefined, { signal: options.signal }).catch(() => {});
      if (options.signal?.aborted) return;
      tallies[kind].sent += 1;
      if (inFlight.size >= maxInFlight) {
        fail(kind, `not sent: ${maxInFlight} requests are waiting`);
        continue;
      }
      const request = one(kind, turn, dueMs);
      inFlight.add(request);
      void request.finally(() => inFlight.delete(request));
    }
  };
  try {
    await Promise.all(loadKinds.map(arrivals));
    await Promise.all(inFlight);
  } finally {
    client.close();
  }
  const kinds = Object.fromEntries(
    loadKinds.map((kind) => [kind, tallies[kind].report()]),
  ) as LoadReport['kinds'];
  return {
    seconds: round(sinceStart()),
    requests: loadKinds.reduce((sum, kind) => sum + kinds[kind].sent, 0),
    failed: loadKinds.reduce((sum, kind) => sum + kinds[kind].failed, 0),
    kinds,
    failures: [...failures].map(([what, seen]) => ({ what, ...seen })),
    reconnects,
  };
}

class Tally {
  sent = 0;
  failed = 0;
  readonly latencies: number[] = [];

  report(): KindReport {
    const sorted = this.latencies.toSorted((a, b) => a - b);
    const at = (share: number) =>
      round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
    return { sent: this.sent, failed: this.failed, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
  }
}

function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  return code ?? error.message;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The report as people read it. */
export function loadTable(report: LoadReport): string {
  const lines = ['kind       requests  failed    p50 ms    p95 ms    p99 ms    max ms'];
  for (const kind of loadKinds) {
    const { sent, failed, p50, p95, p99, max } = report.kinds[kind];
    if (sent === 0) continue;
    const cells = [sent, failed, p50, p95, p99, max].map((value, column) =>
      String(value).padStart(column < 2 ? 8 : 10),
    );
    lines.push(`${kind.padEnd(11)}${cells.join('')}`);
  }
  for (const { what, count, first, last } of report.failures) {
    lines.push(`  failed ${count} × ${what} (${first} s to ${last} s after the start)`);
  }
  lines.push(
    `${report.requests} requests in ${report.seconds} s, ${report.failed} failed, ${report.reconnects} streams went on elsewhere`,
  );
  return lines.join('\n');
}
