import { type Log, NotificationListener } from '@sillage/kit';
import { jobsChannel } from './job-log.ts';

/** One LISTEN connection per process, shared by all who wait for a job to change. */
export class JobEvents {
  readonly #listener: NotificationListener;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(databaseUrl: string, log: Log) {
    this.#listener = new NotificationListener({
      url: databaseUrl,
      channel: jobsChannel,
      log,
      onMessage: (jobId) => this.#tell(jobId),
      // Whatever was missed: everybody looks again.
      onGap: () => {
        for (const jobId of [...this.#waiting.keys()]) this.#tell(jobId);
      },
    });
  }

  /** Calls `listener` when the job may have changed, until the returned function is called. */
  subscribe(jobId: string, listener: () => void): () => void {
    const listeners = this.#waiting.get(jobId) ?? new Set();
    this.#waiting.set(jobId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#waiting.get(jobId) === listeners) this.#waiting.delete(jobId);
    };
  }

  close(): Promise<void> {
    return this.#listener.close();
  }

  #tell(jobId: string): void {
    for (const listener of [...(this.#waiting.get(jobId) ?? [])]) listener();
  }
}
