import type { TierName } from '@sillage/contracts';

/** Who asks, as far as that is known before anything is verified; it opens nothing and orders who goes first. */
export interface Asker {
  readonly tenant: string;
  /** `none`: nobody who was let in within the last hour. */
  readonly tier: TierName | 'none';
}

/** Why a request is refused: no room at all, none left for its tier, or its tenant has its share. */
export type ShedReason = 'capacity' | 'tier' | 'share';

/** What is switched off first, in this order; see docs/overload.md. */
export const brownOutOrder = ['none', 'extras', 'generation', 'batch'] as const;
export type BrownOut = (typeof brownOutOrder)[number];

export interface LoadShedderOptions {
  /** The queue delay that is aimed at, milliseconds. */
  readonly targetMs: number;
  /** Least and most that may be in flight, in units of cost. */
  readonly least: number;
  readonly most: number;
  /** Milliseconds, monotone. */
  readonly now: () => number;
}

/** One interval of control; CoDel's (RFC 8289), long against a round trip and short against patience. */
export const tickMs = 100;

/** Of the limit, how much a tier may fill: what is left above is kept for those who have more. */
const tierRoom: Readonly<Record<Asker['tier'], number>> = {
  enterprise: 1,
  pro: 0.9,
  basic: 0.8,
  free: 0.65,
  none: 0.5,
};
/** Below this part of the limit there is nothing to share out. */
const contendedFrom = 0.5;
/** A tenant counts as one who wants its share for so long after its last request. */
const activeMs = 1000;
/** Of one that has measured nothing yet, and what it comes back to without traffic: a burst to an idle fleet is none too many. */
const firstLimit = 256;
/** A delay above the target for no longer than so many intervals is a hiccup, which costs nobody his answer. */
const hiccupTicks = 4;
/** How strongly a delay above the target cuts the limit, and the least that one interval leaves of it. */
const cut = 0.2;
const leastCut = 0.5;
/** By how much a limit in use grows in an interval without too much delay. */
const growth = 0.05;
const usedFrom = 0.8;
/** Intervals with refusals until each further thing is switched off, and without until one is on again. */
const hotTicks = [0, 5, 20, 50] as const;
const calmTicks = 5;

interface Tenant {
  inFlight: number;
  lastMs: number;
}

/**
 * How much may be in flight, found by measuring: the limit grows by steps while answers do not wait and is cut in
 * proportion while they do (additive increase, multiplicative decrease: Chiu and Jain 1989, which also lets several
 * gateways before one inference come to equal parts). What counts is the delay in queues, not the time of the work,
 * so that the mix of requests may change: the median over an interval against a target, after CoDel (RFC 8289) and
 * DAGOR (Zhou et al. 2018, "Overload Control for Scaling WeChat Microservices"); the cut is Breakwater's (Cho et al.
 * 2020). What finds no room is refused at once: a queue here would only make old what is answered.
 *
 * Of a limit that is reached, higher tiers may fill more, and tenants share what there is: who is beyond an equal
 * part is refused while others want theirs.
 */
export class LoadShedder {
  readonly #options: LoadShedderOptions;
  readonly #tenants = new Map<string, Tenant>();
  #limit: number;
  #inFlight = 0;
  #peak = 0;
  #refused = 0;
  #waits: number[] = [];
  #lags: number[] = [];
  #delayMs = 0;
  #overTicks = 0;
  #hot = 0;
  #calm = 0;

  constructor(options: LoadShedderOptions) {
    this.#options = options;
    this.#limit = Math.min(options.most, Math.max(options.least, firstLimit));
  }

  get limit(): number {
    return this.#limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Of the last interval, milliseconds. */
  get delayMs(): number {
    return this.#delayMs;
  }

  get brownOut(): BrownOut {
    return brownOutOrder[this.#level] ?? 'none';
  }

  /** Whether this is switched off at the moment. */
  isOff(what: Exclude<BrownOut, 'none'>): boolean {
    return this.#level >= brownOutOrder.indexOf(what);
  }

  /** Lets a request in, to be released when it is answered, or says why not. `cost`: 1 for a small one. */
  admit({ tenant: name, tier }: Asker, cost: number): (() => void) | ShedReason {
    const nowMs = this.#options.now();
    const tenant = this.#tenants.get(name) ?? { inFlight: 0, lastMs: nowMs };
    tenant.lastMs = nowMs;
    this.#tenants.set(name, tenant);
    const reason = this.#why(tenant, tier, cost);
    if (reason !== undefined) {
      this.#refused += 1;
      return reason;
    }
    this.#inFlight += cost;
    tenant.inFlight += cost;
    this.#peak = Math.max(this.#peak, this.#inFlight);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#inFlight -= cost;
      tenant.inFlight -= cost;
    };
  }

  /** What an answer waited in queues behind us, milliseconds. */
  waited(ms: number): void {
    this.#waits.push(ms);
  }

  /** Behind us somebody refused for want of capacity. */
  pushedBack(): void {
    this.#waits.push(this.#options.targetMs * 3);
  }

  /** How late our own event loop was, milliseconds. */
  lagged(ms: number): void {
    this.#lags.push(ms);
  }

  /** Ends an interval: call it every `tickMs`. Gives back how many were refused in it. */
  tick(): number {
    const { targetMs, least, most, now } = this.#options;
    // Nothing answered while much waits says nothing new.
    const wait = this.#waits.length > 0 ? median(this.#waits) : this.#inFlight > 0 ? this.#delayMs : 0;
    this.#delayMs = Math.max(wait, this.#lags.length > 0 ? median(this.#lags) : 0);
    const over = (this.#delayMs - targetMs) / targetMs;
    this.#overTicks = over > 0 ? this.#overTicks + 1 : 0;
    if (this.#overTicks > hiccupTicks) {
      // From what was in use: a limit that nobody reached would have to be cut often before it is felt.
      const used = Math.min(this.#limit, Math.max(this.#peak, least));
      this.#limit = used * Math.max(leastCut, 1 - cut * over);
    } else if (over <= 0 && this.#mayGrow()) {
      this.#limit += Math.max(1, growth * this.#limit);
    }
    this.#limit = Math.min(most, Math.max(least, this.#limit));
    const refused = this.#refused;
    this.#brown(refused > 0);
    const endedMs = now() - activeMs;
    for (const [name, { inFlight, lastMs }] of this.#tenants) {
      if (inFlight === 0 && lastMs < endedMs) this.#tenants.delete(name);
    }
    this.#refused = 0;
    this.#peak = this.#inFlight;
    this.#waits = [];
    this.#lags = [];
    return refused;
  }

  #why(tenant: Tenant, tier: Asker['tier'], cost: number): ShedReason | undefined {
    // One that is alone always goes, however large it is.
    if (this.#inFlight === 0) return undefined;
    const wanted = this.#inFlight + cost;
    if (wanted > this.#limit) return 'capacity';
    if (wanted > this.#limit * tierRoom[tier]) return 'tier';
    const share = this.#limit / this.#tenants.size;
    const isContended = this.#tenants.size > 1 && wanted > contendedFrom * this.#limit;
    if (isContended && tenant.inFlight > 0 && tenant.inFlight + cost > share) return 'share';
    return undefined;
  }

  get #level(): number {
    return hotTicks.findLastIndex((ticks) => this.#hot >= ticks);
  }

  /** What nobody uses says nothing of how much more there could be. */
  #mayGrow(): boolean {
    return this.#refused > 0 || this.#peak >= usedFrom * this.#limit || this.#limit < firstLimit;
  }

  #brown(isHot: boolean): void {
    if (isHot) {
      this.#calm = 0;
      this.#hot = Math.min(this.#hot + 1, hotTicks[hotTicks.length - 1] ?? 0);
      return;
    }
    this.#calm += 1;
    if (this.#calm < calmTicks) return;
    this.#calm = 0;
    this.#hot = hotTicks[this.#level - 1] ?? 0;
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
