import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { openInferencePath } from '@sillage/contracts';
import { AppError, type Log, type Metrics, toProblem } from '@sillage/kit';
import type { KeyVerifier } from '../clients/key-verifier.ts';
import { type Asker, brownOutOrder, LoadShedder, type ShedReason, tickMs } from '../domain/load-shedder.ts';
import { credentialOf } from '../middleware/authentication.ts';
import { problemsPage } from './language.ts';

export interface OverloadGateOptions {
  /** The queue delay that is aimed at, milliseconds; 0: nothing is refused here. */
  readonly targetMs: number;
  readonly most: number;
  readonly verifier: Pick<KeyVerifier, 'hint'>;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** How late the event loop is, is looked at so often. */
const lagMs = 20;
/**
 * However long everything waits, so many are served at the same time: single molecules are little work, and on a machine
 * that is short of time for all it does they must not be refused for that.
 */
const leastInFlight = 32;
/** A body of so many bytes counts as one request more: some five molecules. */
const bytesPerUnit = 128;
/** The same of an infer, whose tensors say less with more bytes. */
const bytesPerTensorUnit = 1024;
const mostUnits = 64;
const unknown: Asker = { tenant: '', tier: 'none' };

/** Requests whose answer is computed while they wait, in milliseconds; all others are passed. */
const weighed: ReadonlySet<string> = new Set([
  '/api/v1/predict',
  '/api/v2/predict',
  '/api/v1/research/mixtures',
  '/api/v1/research/embed',
  '/api/v1/research/similar',
  '/api/v1/research/map',
  '/api/v1/research/properties',
  '/api/v1/research/safety',
]);
/** What takes seconds or hours is not weighed: it has limits of its own, and is switched off by kind. */
const kinds: ReadonlyMap<string, 'generation' | 'batch'> = new Map([
  ['/api/v1/generate', 'generation'],
  ['/api/v1/research/evaluate', 'generation'],
  ['/api/v1/jobs', 'batch'],
]);
const inferPath = new RegExp(`^${openInferencePath}/models/[^/]+(/versions/[^/]+)?/infer$`);

const details: Readonly<Record<ShedReason | 'brownout', string>> = {
  capacity: 'this server has more work than it can take; try again shortly',
  tier: 'this server has more work than it can take, and requests of higher tiers go first; try again shortly',
  share: 'this server has more work than it can take, and your tenant has its share of it; try again shortly',
  brownout:
    'this server has more work than it can take and leaves out this kind of it for now; try again shortly',
};

/**
 * Stands before the application and refuses, before anything is read or verified, what there is no capacity for. Who
 * asks is guessed from who held the credential last; it is verified behind the gate as ever.
 */
export class OverloadGate {
  readonly #options: OverloadGateOptions;
  readonly #shedder: LoadShedder;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #refused;
  readonly #requests;
  readonly #errors;

  constructor(options: OverloadGateOptions) {
    const { metrics, targetMs, most, log } = options;
    this.#options = options;
    const now = () => performance.now();
    const shedder = new LoadShedder({ targetMs: targetMs || 1, least: leastInFlight, most, now });
    this.#shedder = shedder;
    this.#refused = metrics.counter('olfactory_overload_refused_total');
    for (const reason of Object.keys(details)) this.#refused.inc({ tier: 'none', reason }, 0);
    this.#requests = metrics.counter('olfactory_requests_total');
    this.#errors = metrics.counter('olfactory_errors_total');
    metrics.gauge('olfactory_overload_limit', (gauge) => gauge.set(shedder.limit));
    metrics.gauge('olfactory_overload_delay_seconds', (gauge) => gauge.set(shedder.delayMs / 1000));
    metrics.gauge('olfactory_brownout_level', (gauge) => gauge.set(brownOutOrder.indexOf(shedder.brownOut)));
    if (targetMs === 0) return;
    let last = now();
    let ticked = last;
    let [refused, loggedMs] = [0, 0];
    this.#timer = setInterval(() => {
      const at = now();
      shedder.lagged(Math.max(0, at - last - lagMs));
      last = at;
      if (at - ticked < tickMs - lagMs / 2) return;
      ticked = at;
      refused += shedder.tick();
      // One line a second, however many there were.
      if (refused === 0 || at - loggedMs < 1000) return;
      const { limit, inFlight, delayMs, brownOut } = shedder;
      log.warn({ refused, limit: Math.round(limit), inFlight, delayMs, brownOut }, 'overloaded: refused');
      [refused, loggedMs] = [0, at];
    }, lagMs);
    this.#timer.unref();
  }

  /** The application behind the gate. */
  before(app: RequestListener): RequestListener {
    if (this.#options.targetMs === 0) return app;
    return (request, response) => {
      const path = request.method === 'POST' ? pathOf(request) : '';
      if (path !== '' && !this.#lets(path, request, response)) return;
      app(request, response);
    };
  }

  /** What inference answered: how long the call took, and how long of it was work, milliseconds. */
  answered(callMs: number, workMs: number): void {
    this.#shedder.waited(Math.max(0, callMs - workMs));
  }

  /** Inference refused a call for want of capacity. */
  pushedBack(): void {
    this.#shedder.pushedBack();
  }

  /** @throws {AppError} `overloaded` while what `include` adds is switched off. */
  checkExtras(include: readonly string[]): void {
    const extra = include.find((name) => name === 'attribution' || name === 'similar');
    if (extra === undefined || this.#options.targetMs === 0 || !this.#shedder.isOff('extras')) return;
    this.#refused.inc({ tier: 'none', reason: 'brownout' });
    throw new AppError(
      'overloaded',
      `this server has more work than it can take and leaves out “${extra}” for now; ask without it, or try again shortly`,
      { retryAfterS: retryAfterS() },
    );
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #lets(path: string, request: IncomingMessage, response: ServerResponse): boolean {
    const kind = kinds.get(path);
    if (kind !== undefined) {
      if (!this.#shedder.isOff(kind)) return true;
      this.#refuse(path, { request, response, reason: 'brownout', tier: this.#askerOf(request).tier });
      return false;
    }
    const isWeighed = weighed.has(path);
    if (!isWeighed && !inferPath.test(path)) return true;
    const asker = this.#askerOf(request);
    const bytes = Number(request.headers['content-length'] ?? 0) || 0;
    const release = this.#shedder.admit(
      asker,
      Math.min(mostUnits, 1 + Math.floor(bytes / (isWeighed ? bytesPerUnit : bytesPerTensorUnit))),
    );
    if (typeof release === 'string') {
      this.#refuse(path, { request, response, reason: release, tier: asker.tier });
      return false;
    }
    response.once('close', release);
    return true;
  }

  #askerOf(request: IncomingMessage): Asker {
    const credential = credentialOf(request);
    const hint = credential === undefined ? undefined : this.#options.verifier.hint(credential);
    return hint === undefined ? unknown : { tenant: hint.tenantId, tier: hint.tier };
  }

  /** As cheap as an answer can be: each costs what is then missing for those that are let in. */
  #refuse(
    path: string,
    refusal: {
      readonly request: IncomingMessage;
      readonly response: ServerResponse;
      readonly reason: ShedReason | 'brownout';
      readonly tier: Asker['tier'];
    },
  ): void {
    const { request, response, reason, tier } = refusal;
    const isInfer = path.startsWith(openInferencePath);
    this.#refused.inc({ tier, reason });
    this.#requests.inc({
      method: 'POST',
      endpoint: isInfer ? patternOf(path) : path,
      status: 503,
    });
    this.#errors.inc({ error_type: 'overloaded' });
    const failure = new AppError('overloaded', details[reason]);
    const requestId = randomUUID();
    const problem = toProblem(failure, { instance: path, requestId, typeBase: problemsPage });
    const text = JSON.stringify(isInfer ? { error: problem.detail } : problem);
    // A page of another origin cannot read why it was refused unless it may; what it may read tells nothing.
    const origin = request.headers.origin === undefined ? {} : { 'access-control-allow-origin': '*' };
    response.writeHead(503, {
      'content-type': isInfer ? 'application/json; charset=utf-8' : 'application/problem+json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'retry-after': String(retryAfterS()),
      'x-content-type-options': 'nosniff',
      'x-request-id': requestId,
      ...origin,
    });
    response.end(text);
  }
}

/** Not the same for all: they would come back together. */
function retryAfterS(): number {
  return 1 + Math.floor(Math.random() * 3);
}

/** Of an infer, the pattern of its route. */
function patternOf(path: string): string {
  const version = path.includes('/versions/') ? '/versions/{version}' : '';
  return `${openInferencePath}/models/{model}${version}/infer`;
}

function pathOf({ url = '' }: IncomingMessage): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
