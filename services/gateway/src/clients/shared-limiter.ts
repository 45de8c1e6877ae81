import { type Log, type Metrics, reasonOf } from '@sillage/kit';
import { AdmissionReserve } from '../domain/admission-reserve.ts';
import { OwnAdmissions, type OwnCounts } from '../domain/own-admissions.ts';
import type { Grant } from '../domain/sliding-window.ts';
import type { Decision, LimiterStore, Take } from './limiter-store.ts';
import type { IdentityAsk, Membership, SharedCounts } from './shared-counts.ts';

export interface SharedLimiterOptions {
  readonly counts: SharedCounts;
  /** Name of this gateway, unique in the fleet. */
  readonly gateway: string;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly now?: () => number;
  /** How long the store may take for one answer; past it the gateway decides by itself. */
  readonly timeoutMs?: number;
}

interface Group {
  readonly ask: Omit<IdentityAsk, 'wanted'>;
  readonly takes: { readonly isCounted: boolean; readonly decide: (decision: Decision) => void }[];
}

const defaultTimeoutMs = 1000;
const joinEveryMs = 2000;
const retryEveryMs = 250;
const releaseEveryMs = 500;
/** After the store lost its counts: time for the other gateways to come back and tell theirs. */
const graceMs = 2000;
/** Identities asked for in one call. */
const maxGroups = 500;

/**
 * Limits counted in a store that all gateways share. One call to it is under way at a time; requests that come
 * meanwhile are asked for together in the next, so that a busy gateway pays one round trip for many; for busy
 * identities it asks for a few places ahead. While the store is away the gateway decides by itself, within its share of
 * what was left, and tells the store afterwards.
 */
export class SharedLimiter implements LimiterStore {
  readonly #options: SharedLimiterOptions;
  readonly #now: () => number;
  readonly #own = new OwnAdmissions();
  readonly #reserve = new AdmissionReserve();
  readonly #counters: ReturnType<typeof decisionCounters> | undefined;
  #waiting = new Map<string, Group>();
  #isAsking = false;
  #isOpen = false;
  #isClosed = false;
  #isJoining = false;
  /** Times the store was lost; what was learnt of it before the last is not relied on. */
  #losses = 0;
  #membership: Membership | undefined;
  /** A run of the store that does not know what we let pass before it, and since when we know of it. */
  #newRun: { readonly run: string; readonly sinceMs: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #releaseTimer: NodeJS.Timeout | undefined;

  constructor(options: SharedLimiterOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#counters = options.metrics && decisionCounters(options.metrics);
    options.counts.onLost?.(() => this.#lose('the connection was lost'));
  }

  /** Joins the others; where the store is away it goes on trying, and limits hold meanwhile as they do then. */
  async start(): Promise<void> {
    await this.#join();
    if (!this.#isOpen) this.#options.log.warn('shared limits are away; this gateway decides by itself');
  }

  take(take: Take): Decision | Promise<Decision> {
    if (!this.#isOpen) return this.#takeAway(take);
    const held = take.isCounted ? this.#reserve.spend(take.identity, take, this.#now()) : undefined;
    if (held) {
      this.#count('shared', true);
      return { isAllowed: true, remaining: Math.max(0, take.limit - held.used), resetMs: held.resetMs };
    }
    return new Promise((decide) => this.#enqueue(take, decide));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#releaseTimer);
    if (!this.#isOpen) return;
    await this.#giveBack(Number.POSITIVE_INFINITY);
    await this.#within(this.#options.counts.leave(this.#options.gateway)).catch(() => {});
  }

  #enqueue({ identity, limit, windowMs, isCounted }: Take, decide: (decision: Decision) => void): void {
    const key = `${limit} ${windowMs} ${identity}`;
    const group = this.#waiting.get(key);
    if (group) group.takes.push({ isCounted, decide });
    else this.#waiting.set(key, { ask: { identity, limit, windowMs }, takes: [{ isCounted, decide }] });
    if (this.#isAsking) return;
    this.#isAsking = true;
    // After what else arrived in this turn of the loop, so that it is asked for together.
    setImmediate(() => void this.#askAll());
  }

  async #askAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const groups = this.#nextGroups();
      try {
        if (!this.#isOpen) throw new Error('the store is away');
        const askedMs = this.#now();
        const asks = groups.map(({ ask, takes }) => ({ ...ask, wanted: this.#wanted(ask, takes, askedMs) }));
        const losses = this.#losses;
        const grants = await this.#within(this.#options.counts.take(asks));
        const nowMs = this.#now();
        for (const [index, group] of groups.entries()) {
          const grant = grants[index];
          if (!grant) throw new Error('the store left an ask without an answer');
          this.#own.saw(group.ask.identity, group.ask.windowMs, grant, nowMs);
          const left = this.#answer(group, grant, 'shared');
          const isCounted = group.takes.some((take) => take.isCounted);
          if (isCounted && this.#losses === losses) this.#keep(group.ask, grant, left, askedMs);
        }
      } catch (error) {
        this.#lose(reasonOf(error));
        for (const group of groups)
          this.#answer(group, this.#grantAway(group.ask, wantedBy(group.takes)), 'local');
      }
    }
    this.#isAsking = false;
  }

  /** An identity is asked for once in a call: what another limit of it asks waits for the next. */
  #nextGroups(): Group[] {
    const groups = new Map<string, Group>();
    // A new map each time: one that lives on would keep tables, and through them requests, that are long done with.
    const later = new Map<string, Group>();
    for (const [key, group] of this.#waiting) {
      if (groups.size >= maxGroups || groups.has(group.ask.identity)) later.set(key, group);
      else groups.set(group.ask.identity, group);
    }
    this.#waiting = later;
    return [...groups.values()];
  }

  #wanted(ask: Group['ask'], takes: Group['takes'], nowMs: number): number {
    const wanted = wantedBy(takes);
    if (wanted === 0) return 0;
    return wanted + this.#reserve.more(ask.identity, ask, this.#membership?.gateways ?? 1, nowMs);
  }

  #keep(ask: Group['ask'], grant: Grant, left: number, askedMs: number): void {
    this.#reserve.filled(ask.identity, ask, grant, left, askedMs);
    if (left === 0 || this.#releaseTimer) return;
    this.#releaseTimer = setInterval(() => void this.#giveBack(this.#now()), releaseEveryMs);
    this.#releaseTimer.unref();
  }

  /** What was asked for ahead and not needed by then goes back; should that fail, it stays counted. */
  async #giveBack(nowMs: number): Promise<void> {
    const released = this.#reserve.release(nowMs);
    if (released.length === 0) return;
    const negative = (counts: OwnCounts['counts']) =>
      counts.map(({ slot, count }) => ({ slot, count: -count }));
    try {
      await this.#within(
        this.#options.counts.add(released.map((one) => ({ ...one, counts: negative(one.counts) }))),
      );
      this.#own.gaveBack(released);
    } catch (error) {
      this.#lose(reasonOf(error));
    }
  }

  /** The first of a group get what was granted, counting down; returns how much nobody wanted. */
  #answer({ ask, takes }: Group, grant: Grant, store: 'shared' | 'local'): number {
    let left = grant.granted;
    for (const { isCounted, decide } of takes) {
      const isAllowed = isCounted ? left > 0 : grant.used - left < ask.limit;
      if (isCounted && isAllowed) left -= 1;
      this.#count(store, isAllowed);
      decide({ isAllowed, remaining: Math.max(0, ask.limit - grant.used + left), resetMs: grant.resetMs });
    }
    return left;
  }

  #takeAway({ identity, limit, windowMs, isCounted }: Take): Decision {
    const grant = this.#grantAway({ identity, limit, windowMs }, isCounted ? 1 : 0);
    const isAllowed = isCounted ? grant.granted === 1 : grant.used < limit;
    this.#count('local', isAllowed);
    return { isAllowed, remaining: Math.max(0, limit - grant.used), resetMs: grant.resetMs };
  }

  #grantAway({ identity, limit, windowMs }: Group['ask'], wanted: number): Grant {
    const gateways = this.#membership?.gateways ?? 1;
    return this.#own.takeAway(identity, { limit, windowMs, wanted }, gateways, this.#now());
  }

  #lose(reason: string): void {
    this.#losses += 1;
    this.#reserve.drop();
    if (this.#isClosed || !this.#isOpen) return;
    this.#isOpen = false;
    this.#options.log.warn({ reason }, 'shared limits are away; this gateway decides within its share');
    this.#schedule(retryEveryMs);
  }

  /** Says that we are here; tells what the store does not know, and only then asks it again. */
  async #join(): Promise<void> {
    // One at a time, so that no debt is told twice; the one under way schedules the next.
    if (this.#isJoining) return;
    this.#isJoining = true;
    const { counts, gateway, log } = this.#options;
    const losses = this.#losses;
    try {
      const membership = await this.#within(counts.join(gateway));
      if (this.#isClosed) return;
      if (this.#isOpen && membership.run === this.#membership?.run) {
        this.#membership = membership;
        this.#schedule(joinEveryMs);
        return;
      }
      this.#isOpen = false;
      const isReady = (await this.#tell(membership)) && this.#losses === losses;
      if (this.#isClosed) return;
      if (isReady) {
        this.#membership = membership;
        this.#isOpen = true;
        log.info({ gateways: membership.gateways }, 'limits are shared');
      }
      this.#schedule(isReady ? joinEveryMs : retryEveryMs);
    } catch (error) {
      log.debug({ reason: reasonOf(error) }, 'shared limits are still away');
      if (this.#isOpen) this.#lose(reasonOf(error));
      else this.#schedule(retryEveryMs);
    } finally {
      this.#isJoining = false;
    }
  }

  /** False: the others may not have told theirs yet. */
  async #tell({ run }: Membership): Promise<boolean> {
    const known = this.#newRun?.run ?? this.#membership?.run;
    const isNewRun = known !== undefined && run !== known;
    const debts = this.#own.debts(isNewRun, this.#now());
    await this.#within(this.#options.counts.add(debts));
    this.#own.settle(debts, isNewRun);
    if (isNewRun) this.#newRun = { run, sinceMs: performance.now() };
    if (this.#newRun && performance.now() - this.#newRun.sinceMs < graceMs) return false;
    this.#newRun = undefined;
    return true;
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#join(), delayMs);
    this.#timer.unref();
  }

  #count(store: 'shared' | 'local', isAllowed: boolean): void {
    this.#counters?.[store][isAllowed ? 'allowed' : 'limited'].inc();
  }

  async #within<T>(work: Promise<T>): Promise<T> {
    const limitMs = this.#options.timeoutMs ?? defaultTimeoutMs;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Finding a series by its labels costs more than counting, so each is found once. */
function decisionCounters(metrics: Metrics) {
  const counter = metrics.counter('olfactory_limit_decisions_total');
  const one = (store: string, outcome: string) => {
    counter.inc({ store, outcome }, 0);
    return counter.labels({ store, outcome });
  };
  const of = (store: string) => ({ allowed: one(store, 'allowed'), limited: one(store, 'limited') });
  return { shared: of('shared'), local: of('local') };
}

function wantedBy(takes: Group['takes']): number {
  return takes.filter(({ isCounted }) => isCounted).length;
}
