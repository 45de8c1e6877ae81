import { percentileOfSorted } from '../report.ts';
import { Events, Station } from './events.ts';
import { exponential, seeded } from './random.ts';

/** What the parts of the fleet need for a request, milliseconds of their processor; measured by `bench scale`. */
export interface ServiceTimes {
  /** Inference's event loop and gRPC, a request. */
  readonly rpcMs: number;
  /** Chemistry, a molecule. */
  readonly describeMs: number;
  /** A batch of the model: so much to begin it, and so much a molecule. */
  readonly batchMs: number;
  readonly moleculeMs: number;
  /** What passes on the way and keeps no processor of inference busy: the wire, the client. */
  readonly wayMs: number;
  /** The gateway's event loop, a request of new molecules. */
  readonly gatewayMs: number;
  /** Redis, a request. */
  readonly redisMs: number;
  /** Postgres, a request: usage and quotas, written in batches. */
  readonly postgresMs: number;
  /** Opening one connection between gateway and inference, either side. */
  readonly connectMs: number;
  /** How the same work varies: times over their mean. */
  readonly variation: readonly number[];
}

export interface FleetShape {
  /** 0: requests come to inference straight, as in the measurement that the model is held against. */
  readonly gateways: number;
  readonly pods: number;
  /** Threads of each pod of inference, one core each. */
  readonly threads: number;
  readonly molecules: number;
  /** Most rows of one batch. */
  readonly maxRows: number;
}

export interface Load {
  /** Open loop: requests a second, at random (Poisson). */
  readonly perS?: number;
  /** Closed loop: so many callers, each with one request at a time. */
  readonly callers?: number;
  readonly seconds: number;
  readonly seed: number;
}

export interface Outcome {
  readonly perS: number;
  readonly p50: number;
  readonly p95: number;
  /** Of each kind of station, how busy the busiest was. */
  readonly busy: Readonly<Record<'gateway' | 'redis' | 'postgres' | 'inference', number>>;
}

/** gRPC connections end at this age and are opened again (packages/kit/src/grpc-server.ts). */
const connectionAgeMs = 15_000;
const warmUp = 0.2;
/** Of the gateway's work on a request, the part before inference is asked. */
const before = 0.6;
/** Postgres works on as many things at once as it has cores; a common size of one that is rented. */
const postgresCores = 4;

/** A discrete-event model of the way of a prediction: gateway → Redis → inference (chemistry, batch) → gateway. */
export function simulateFleet(times: ServiceTimes, shape: FleetShape, load: Load): Outcome {
  const events = new Events();
  const random = seeded(load.seed);
  const vary = () => times.variation[Math.floor(random() * times.variation.length)] ?? 1;
  const gateways = Array.from({ length: shape.gateways }, () => new Station(events));
  const redis = new Station(events);
  const postgres = new Station(events, postgresCores);
  const pods = Array.from({ length: shape.pods }, () => new Pod(events, times, shape, vary));
  const endMs = load.seconds * 1000;
  const latencies: number[] = [];
  let turn = 0;

  const infer = (from: number, done: () => void) => {
    // Each gateway goes round by itself, from a place of its own.
    const pod = pods[(from + Math.floor(turn / Math.max(1, shape.gateways))) % pods.length];
    events.after(times.wayMs / 2, () => pod?.serve(() => events.after(times.wayMs / 2, done)));
  };
  const request = (done: () => void) => {
    const bornMs = events.nowMs;
    turn += 1;
    const answered = () => {
      if (bornMs > endMs * warmUp && events.nowMs <= endMs) latencies.push(events.nowMs - bornMs);
      done();
    };
    const index = turn % Math.max(1, shape.gateways);
    const gateway = gateways[index];
    if (gateway === undefined) {
      infer(0, answered);
      return;
    }
    const work = times.gatewayMs * vary();
    gateway.serve(work * before, () =>
      redis.serve(times.redisMs, () => {
        postgres.serve(times.postgresMs, () => {});
        infer(index * 7, () => gateway.serve(work * (1 - before), answered));
      }),
    );
  };
  // Connections that are renewed all the time, each at a time of its own.
  for (const [index, gateway] of gateways.entries()) {
    for (let pod = 0; pod < shape.pods; pod += 1) {
      const renew = () => {
        gateway.serve(times.connectMs, () => pods[pod]?.thread.serve(times.connectMs, () => {}));
        if (events.nowMs + connectionAgeMs < endMs) events.after(connectionAgeMs, renew);
      };
      events.at(((index * 31 + pod * 17) % 1000) * (connectionAgeMs / 1000), renew);
    }
  }
  const again = () => {
    if (events.nowMs < endMs) request(again);
  };
  for (let caller = 0; caller < (load.callers ?? 0); caller += 1) again();
  const { perS } = load;
  if (perS !== undefined) {
    const arrive = () => {
      request(() => {});
      const nextMs = events.nowMs + exponential(random, 1000 / perS);
      if (nextMs < endMs) events.at(nextMs, arrive);
    };
    arrive();
  }
  events.run(endMs);
  const busiest = (stations: readonly Station[], servers: number) =>
    stations.reduce((most, { busyMs }) => Math.max(most, busyMs / servers / endMs), 0);
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => (sorted.length === 0 ? 0 : percentileOfSorted(sorted, share));
  return {
    perS: latencies.length / (load.seconds * (1 - warmUp)),
    p50: at(0.5),
    p95: at(0.95),
    busy: {
      gateway: busiest(gateways, 1),
      redis: busiest([redis], 1),
      postgres: busiest([postgres], postgresCores),
      inference: busiest(
        pods.map(({ thread }) => thread),
        shape.threads,
      ),
    },
  };
}

/** One process of inference: its threads describe molecules and run batches, batches first, one filling while one runs. */
class Pod {
  readonly thread: Station;
  readonly #times: ServiceTimes;
  readonly #shape: FleetShape;
  readonly #vary: () => number;
  #waiting: { rows: number; readonly done: () => void }[] = [];
  #running = 0;

  constructor(events: Events, times: ServiceTimes, shape: FleetShape, vary: () => number) {
    this.thread = new Station(events, shape.threads);
    this.#times = times;
    this.#shape = shape;
    this.#vary = vary;
  }

  serve(done: () => void): void {
    const { rpcMs, describeMs } = this.#times;
    const { molecules } = this.#shape;
    this.thread.serve((rpcMs + describeMs * molecules) * this.#vary(), () => {
      this.#waiting.push({ rows: molecules, done });
      this.#pump();
    });
  }

  /** As the batching queue has it: one batch more than runners is taken, and what comes meanwhile waits for the next. */
  #pump(): void {
    const { threads, maxRows } = this.#shape;
    while (this.#waiting.length > 0 && this.#running < threads + 1) {
      let rows = 0;
      const batch: (() => void)[] = [];
      for (let first = this.#waiting[0]; first !== undefined && rows < maxRows; first = this.#waiting[0]) {
        const taken = Math.min(first.rows, maxRows - rows);
        rows += taken;
        first.rows -= taken;
        if (first.rows > 0) break;
        this.#waiting.shift();
        batch.push(first.done);
      }
      this.#running += 1;
      const ms = this.#times.batchMs + this.#times.moleculeMs * rows;
      this.thread.serve(
        ms * this.#vary(),
        () => {
          this.#running -= 1;
          for (const done of batch) done();
          this.#pump();
        },
        1,
      );
    }
  }
}
