/** What a stream may cost, and how long it may keep us waiting. */
export interface StreamLimits {
  /** Messages read and not yet settled; past either, the connection is read no further. */
  readonly maxWaiting: number;
  readonly maxWaitingBytes: number;
  /** Bytes written and not yet taken by the reader, past which classifications are held back… */
  readonly holdBackBytes: number;
  /** …and past which nothing more is read, as every message is told of. */
  readonly maxUnsentBytes: number;
  /** A reader that takes nothing for so long is cut off. */
  readonly slowReaderMs: number;
  /** A connection that shows no sign of life between two pings is cut off. */
  readonly pingMs: number;
  /**
   * Time between two classifications in the long run. Less than a second: a device that measures once a second by a
   * clock that goes fast would wait for its turn, longer and longer.
   */
  readonly classifyEveryMs: number;
  /** Messages a second; who sends more is read more slowly. */
  readonly maxMessagesPerS: number;
  /** How long what is behind us may be away before the stream is closed. */
  readonly patienceMs: number;
  /** How long a message in hand may take once the stream is to end. */
  readonly endMs: number;
  /** How long the other side may take to close. */
  readonly closeMs: number;
}

export const streamLimits: StreamLimits = {
  maxWaiting: 8,
  maxWaitingBytes: 2 * 1024 * 1024,
  holdBackBytes: 64 * 1024,
  maxUnsentBytes: 1024 * 1024,
  slowReaderMs: 30_000,
  pingMs: 15_000,
  classifyEveryMs: 800,
  maxMessagesPerS: 50,
  patienceMs: 15_000,
  endMs: 5000,
  closeMs: 1000,
};
