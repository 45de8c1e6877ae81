import type { WebhookStore } from '@sillage/jobs';
import { type Log, reasonOf } from '@sillage/kit';
import type { WebhookSender } from './clients/webhook-sender.ts';

/** Deliveries sent at the same time by one worker. */
const concurrency = 8;

/** Sends the webhooks that are due, as often as it is told to look. */
export class Webhooks {
  readonly #store: WebhookStore;
  readonly #sender: WebhookSender;
  readonly #log: Log;
  readonly #random: () => number;
  readonly #onAttempt: (isDelivered: boolean) => void;
  #running: Promise<void> | undefined;

  constructor(options: {
    store: WebhookStore;
    sender: WebhookSender;
    log: Log;
    random: () => number;
    onAttempt: (isDelivered: boolean) => void;
  }) {
    this.#store = options.store;
    this.#sender = options.sender;
    this.#log = options.log;
    this.#random = options.random;
    this.#onAttempt = options.onAttempt;
  }

  /** Begins to send, unless it is sending already. */
  look(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when what is being sent has its outcome. */
  async close(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const due = await this.#store.takeDue(concurrency);
        if (due.length === 0) return;
        await Promise.all(
          due.map(async (delivery) => {
            const outcome = await this.#sender.send(delivery);
            this.#onAttempt(outcome.isDelivered);
            await this.#store.record(delivery, outcome, this.#random());
            // Why it failed is kept with the attempt: it may name the receiver, which is the tenant's own affair.
            const { isDelivered, status } = outcome;
            const fields = { delivery: delivery.id, event: delivery.event, isDelivered, status };
            this.#log.info(fields, 'webhook sent');
          }),
        );
      }
    } catch (error) {
      // Postgres is away: what was claimed is due again when its claim has run out.
      this.#log.debug({ reason: reasonOf(error) }, 'webhooks put off');
    }
  }
}
