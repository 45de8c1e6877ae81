import type { StreamEvent } from '@sillage/contracts';
import type { WebSocket } from 'ws';

type Classification = Extract<StreamEvent, { type: 'classification' }>;

/**
 * What goes out on one stream. Acknowledgements and errors always do; a classification waits for room and gives its
 * place to the next one, and how many did is told.
 */
export class Outbox {
  readonly #socket: WebSocket;
  readonly #holdBackBytes: number;
  readonly #onProgress: () => void;
  #waiting: Omit<Classification, 'dropped'> | undefined;
  #dropped = 0;
  #sinceMs = 0;
  totalDropped = 0;

  /** `onProgress` is called whenever the reader has taken something. */
  constructor(socket: WebSocket, options: { holdBackBytes: number; onProgress: () => void }) {
    this.#socket = socket;
    this.#holdBackBytes = options.holdBackBytes;
    this.#onProgress = options.onProgress;
  }

  /** Bytes that the reader has yet to take. */
  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** For how long the reader has taken nothing of what is there for it. */
  get stuckMs(): number {
    return this.#socket.bufferedAmount === 0 ? 0 : performance.now() - this.#sinceMs;
  }

  send(event: StreamEvent): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount === 0) this.#sinceMs = performance.now();
    this.#socket.send(JSON.stringify(event), () => {
      this.#sinceMs = performance.now();
      this.#flush();
      this.#onProgress();
    });
  }

  offer(classification: Omit<Classification, 'dropped'>): void {
    if (this.#waiting) {
      this.#dropped += 1;
      this.totalDropped += 1;
    }
    this.#waiting = classification;
    this.#flush();
  }

  #flush(): void {
    if (!this.#waiting || this.unsentBytes > this.#holdBackBytes) return;
    const classification = { ...this.#waiting, dropped: this.#dropped };
    this.#waiting = undefined;
    this.#dropped = 0;
    this.send(classification);
  }
}
