import { Agent, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';

/** A free connection is closed by us after this time, milliseconds: before the server would, so that none is lost. */
const idleMs = 1000;

export interface HttpClientOptions {
  readonly url: string;
  readonly key: string;
  /** A connection takes no further request after this age, milliseconds: new pods get new connections. */
  readonly connectionAgeMs: number;
  /** A request without an answer for so long has failed, milliseconds. */
  readonly timeoutMs: number;
}

/** What is sent: strings as they are, anything else as JSON. */
export interface Sent {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Keeps connections as a careful client does: none older than its age, none idle for long. */
class AgeingAgent extends Agent {
  readonly #born = new WeakMap<object, number>();
  readonly #ageMs: number;
  constructor(ageMs: number) {
    super({ keepAlive: true, scheduling: 'lifo' });
    this.#ageMs = ageMs;
  }
  override keepSocketAlive(socket: Socket): boolean {
    const born = this.#born.get(socket) ?? Date.now();
    this.#born.set(socket, born);
    if (Date.now() - born > this.#ageMs) return false;
    super.keepSocketAlive(socket);
    socket.setTimeout(idleMs);
    return true;
  }
}

/** One request is one attempt: nothing is tried again, so that a failure is what a plain client would see. */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #agent: AgeingAgent;
  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#agent = new AgeingAgent(options.connectionAgeMs);
  }

  /** The answer as it begins; rejects when the connection fails or nothing comes in time. */
  open(
    { method, path, body, headers = {} }: Sent,
    timeoutMs = this.#options.timeoutMs,
  ): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const outgoing = request(`${this.#options.url}${path}`, {
      method,
      agent: this.#agent,
      headers: {
        'X-API-Key': this.#options.key,
        ...(text === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
        ...headers,
      },
    });
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    outgoing.on('error', reject).on('response', (answer) => {
      answer.on('close', () => clearTimeout(timer));
      resolve(answer);
    });
    outgoing.on('close', () => clearTimeout(timer));
    outgoing.end(text);
    return promise;
  }

  /** Status and text of a whole answer. */
  async ask(sent: Sent): Promise<{ readonly status: number; readonly text: string }> {
    const answer = await this.open(sent);
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) text += chunk;
    return { status: answer.statusCode ?? 0, text };
  }

  close(): void {
    this.#agent.destroy();
  }
}
