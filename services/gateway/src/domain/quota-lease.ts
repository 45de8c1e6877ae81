/** How a month's quota stands, as auth said last. */
export interface QuotaStanding {
  readonly month: string;
  readonly used: number;
  readonly limit: number;
  readonly resetsAtMs: number;
}

const smallestReserve = 16;
/** Of the month's molecules a gateway asks for no more than this share at once. */
const largestReserve = 1 / 100;
/** What a gateway lets pass while auth is away, as a share of the month, and at least. */
const overdraftShare = 1 / 100;
const smallestOverdraft = 100;
/** A refusal is believed for so long before auth is asked again. */
const refusalMs = 2000;
/** Reserves taken in quicker succession than this double each time. */
const hurryMs = 10_000;

/**
 * Molecules of one tenant that auth has charged already and this gateway may spend at once. Never more is spent than
 * was charged, but for the overdraft: while auth cannot be asked a gateway lets 1 % of the month pass and has it
 * charged afterwards.
 */
export class QuotaLease {
  readonly #limit: number;
  #standing: QuotaStanding | undefined;
  #left = 0;
  #owed = 0;
  #reserve = smallestReserve / 2;
  #reservedMs = Number.NEGATIVE_INFINITY;
  #refusedMs = Number.NEGATIVE_INFINITY;
  #spentMs = 0;

  /** `limit` is the month's. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get standing(): QuotaStanding | undefined {
    return this.#standing;
  }

  /** When molecules were last spent. */
  get spentMs(): number {
    return this.#spentMs;
  }

  /** Spent while auth was away, and not charged yet. */
  get owed(): number {
    return this.#owed;
  }

  /** Spends from what is held; false where that is not enough. */
  spend(molecules: number, nowMs: number): boolean {
    this.#spentMs = nowMs;
    this.#expire(nowMs);
    if (molecules > this.#left) return false;
    this.#left -= molecules;
    return true;
  }

  /** Takes back what was spent and not used. */
  restore(molecules: number): void {
    this.#left += molecules;
  }

  /** Whether auth has just said that so many are not there. */
  isRefused(molecules: number, nowMs: number): boolean {
    const standing = this.#standing;
    if (!standing || nowMs - this.#refusedMs > refusalMs || nowMs >= standing.resetsAtMs) return false;
    return molecules > this.#left + Math.max(0, standing.limit - standing.used);
  }

  /** What to ask auth for, so that so many can be spent; busy gateways hold more, so that they ask less often. */
  ask(molecules: number, nowMs: number): { needed: number; wanted: number; spent: number } {
    this.#expire(nowMs);
    const inHurry = nowMs - this.#reservedMs < hurryMs;
    const most = Math.max(smallestReserve, Math.floor(this.#limit * largestReserve));
    this.#reserve = inHurry ? Math.min(most, this.#reserve * 2) : smallestReserve;
    const needed = Math.max(0, molecules - this.#left);
    return { needed, wanted: needed + this.#reserve, spent: this.#owed };
  }

  /** Auth has answered. */
  answered(
    answer: {
      readonly granted: number | undefined;
      readonly standing: QuotaStanding;
      readonly spent: number;
    },
    nowMs: number,
  ): void {
    if (this.#standing && this.#standing.month !== answer.standing.month) this.#left = 0;
    this.#standing = answer.standing;
    this.#owed -= answer.spent;
    if (answer.granted === undefined) {
      this.#refusedMs = nowMs;
      return;
    }
    this.#left += answer.granted;
    this.#reservedMs = nowMs;
  }

  /** Spends on credit, because auth is away; false when that is used up too. */
  overdraw(molecules: number): boolean {
    const most = Math.max(smallestOverdraft, Math.floor(this.#limit * overdraftShare));
    if (this.#owed + molecules > most) return false;
    this.#owed += molecules;
    return true;
  }

  /** Everything held, to be given back; with the month it was charged to. */
  release(nowMs: number): { month: string; molecules: number } | undefined {
    this.#expire(nowMs);
    if (!this.#standing || this.#left === 0) return undefined;
    const released = { month: this.#standing.month, molecules: this.#left };
    this.#left = 0;
    return released;
  }

  /** What was charged to a month that is over is worth nothing in the next. */
  #expire(nowMs: number): void {
    if (this.#standing && nowMs >= this.#standing.resetsAtMs) this.#left = 0;
  }
}
