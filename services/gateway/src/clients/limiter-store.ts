export interface Take {
  /** Whom the limit is for; never a secret. */
  readonly identity: string;
  readonly limit: number;
  readonly windowMs: number;
  /** False only looks whether one more would fit. */
  readonly isCounted: boolean;
}

export interface Decision {
  readonly isAllowed: boolean;
  /** Requests left now. */
  readonly remaining: number;
  /** When the next place comes free. Milliseconds from now. */
  readonly resetMs: number;
}

/** Counts requests by identity and decides in the same step: two requests never both get the last place. */
export interface LimiterStore {
  take(take: Take): Decision | Promise<Decision>;
}
