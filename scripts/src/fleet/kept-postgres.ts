import { setTimeout as delay } from 'node:timers/promises';
import { type Postgres, startPostgres } from './postgres.ts';

const restartMs = 500;

/** The embedded fleet's own Postgres: started again on its port, with its data, when it ends unasked. */
export class KeptPostgres {
  readonly url: string;
  readonly #onEvent: (text: string) => void;
  #server: Postgres;
  #isStopping = false;

  private constructor(server: Postgres, dataDir: string, onEvent: (text: string) => void) {
    this.url = server.url;
    this.#server = server;
    this.#onEvent = onEvent;
    void this.#keep(dataDir);
  }

  static async start(dataDir: string, onEvent: (text: string) => void): Promise<KeptPostgres> {
    const server = await startPostgres({ dataDir, port: 0, durable: true });
    return new KeptPostgres(server, dataDir, onEvent);
  }

  get pid(): number {
    return this.#server.pid;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#server.stop();
  }

  async #keep(dataDir: string): Promise<void> {
    const { port } = this.#server;
    for (;;) {
      await this.#server.exited;
      if (this.#isStopping) return;
      this.#onEvent('postgres ended; starting it again');
      try {
        this.#server = await startPostgres({ dataDir, port, durable: true });
      } catch (error) {
        this.#onEvent(`postgres: ${error instanceof Error ? error.message : String(error)}`);
        await delay(restartMs);
      }
      // Asked to stop while it was starting.
      if (this.#isStopping) return this.#server.stop();
    }
  }
}
