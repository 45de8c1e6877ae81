/** What the client of the comparison is to send. */
export interface LoadTask {
  readonly url: string;
  /** JSON bodies, sent in turn. */
  readonly bodies: readonly string[];
  /** API keys, used in turn; none for a contender that asks for none. */
  readonly keys: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /**
   * Requests a second, whatever the answers do (open loop): the time of an answer then counts from when its request
   * was due. Absent: each connection sends its next request when the last is answered (closed loop).
   */
  readonly rate?: number;
  /** With which body and key to begin, so that two measurements do not send the same molecules. */
  readonly offset?: number;
}

export interface LoadFigures {
  /** Answers with a status of success. */
  readonly answered: number;
  /** 429 and 503: refused for load. */
  readonly refused: number;
  /** Any other answer, broken connections, and what was not answered 10 s after the last request was due. */
  readonly failed: number;
  /** Answers of success, a second: of the time in which requests were due, of a closed loop until its last answer. */
  readonly rate: number;
  /** Milliseconds, of answers of success and of what was not answered. */
  readonly p50: number;
  readonly p99: number;
  readonly mean: number;
  /** Share of its core that the client used: near 1 it was the bottleneck. */
  readonly clientLoad: number;
  /** Open loop: from when the last request was sent until all were answered. */
  readonly drainSeconds: number;
  /** Where something failed, the first of it. */
  readonly failure?: string;
}
