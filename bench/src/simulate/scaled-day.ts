import { type Behaviour, Hpa } from './hpa.ts';
import { exponential, seeded } from './random.ts';

/** A day of requests, one rate for each second. */
export interface DayOptions {
  /** The busiest usual rate, a second. */
  readonly peakPerS: number;
  /** By how much the spike multiplies what is usual at its time. */
  readonly spike: number;
  readonly spikeAtS: number;
  /** It rises within this, stays and falls again. */
  readonly rampS: number;
  readonly spikeS: number;
  readonly seed: number;
}

export const dayS = 86_400;
/** kube-controller-manager's --horizontal-pod-autoscaler-sync-period. */
const syncS = 15;

/** Least at four in the morning, most at four in the afternoon, noise of a tenth, and one spike. */
export function requestsOfDay(options: DayOptions): Float64Array {
  const random = seeded(options.seed);
  const rates = new Float64Array(dayS);
  let noise = 1;
  for (let second = 0; second < dayS; second += 1) {
    if (second % 30 === 0) noise = 0.9 + 0.2 * random();
    const usual = 0.55 - 0.45 * Math.cos(((second / 3600 - 4) / 24) * 2 * Math.PI);
    const since = second - options.spikeAtS;
    const rise = Math.min(1, since / options.rampS);
    const fall = Math.min(1, (options.spikeS - since) / options.rampS);
    const spike = 1 + (options.spike - 1) * Math.max(0, Math.min(rise, fall));
    rates[second] = options.peakPerS * usual * noise * spike;
  }
  return rates;
}

export interface PodOptions {
  /** What one pod answers at most, a second. */
  readonly capacityPerS: number;
  /** Processor time it asks for, cores; utilisation is of this. */
  readonly requestCores: number;
  /** Processor time it uses at its capacity, cores. */
  readonly busyCores: number;
  /** From being wanted to being ready, seconds. */
  readonly startS: number;
}

export interface CpuScaling {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly cpuPercent: number;
  readonly behaviour: Behaviour;
}

/** What a day came to. */
export interface DayResult {
  /** Requests that found no room, over all. */
  readonly violations: number;
  /** The same, within the spike and the minute after it. */
  readonly spikeViolations: number;
  /** Seconds from the spike's beginning until nothing was refused any more. */
  readonly settledS: number;
  readonly podHours: number;
  /** Pod hours over those of a fleet that knew each second's need beforehand. */
  readonly overshoot: number;
  readonly most: number;
  /** Changes of the number of pods. */
  readonly changes: number;
  /** Replicas each minute. */
  readonly replicas: readonly number[];
}

/** Metrics of pods are means over this, and as old (metrics-server's --metric-resolution and the kubelet's window). */
const metricWindowS = 15;
const metricAgeS = 15;
/** A pod serves well up to this part of its capacity; what is more is refused (docs/overload.md). */
const usable = 0.95;

/** A day of a Deployment behind an HPA on CPU: second by second, what is beyond the ready pods' capacity is refused. */
export function cpuScaledDay(
  rates: Float64Array,
  pod: PodOptions,
  scaling: CpuScaling,
  spike: Pick<DayOptions, 'spikeAtS' | 'spikeS'>,
): DayResult {
  const hpa = new Hpa({ ...scaling });
  const need = (rate: number) => Math.max(scaling.minReplicas, Math.ceil(rate / (pod.capacityPerS * usable)));
  let replicas = need(rates[0] ?? 0);
  /** When each pod that starts is ready. */
  let starting: number[] = [];
  const utilisation = new Float64Array(rates.length);
  const readyAt = new Int32Array(rates.length);
  const tally = new Tally(spike);
  for (let second = 0; second < rates.length; second += 1) {
    starting = starting.filter((at) => at > second);
    const ready = Math.max(1, replicas - starting.length);
    const rate = rates[second] ?? 0;
    const served = Math.min(rate, ready * pod.capacityPerS * usable);
    utilisation[second] = ((served / ready / pod.capacityPerS) * pod.busyCores) / pod.requestCores;
    readyAt[second] = ready;
    tally.second(second, { asked: rate, refused: rate - served, replicas, needed: need(rate) });
    if (second % syncS !== 0 || second < metricAgeS + metricWindowS) continue;
    const seen = utilisation.subarray(second - metricAgeS - metricWindowS, second - metricAgeS);
    const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length;
    const ratio = mean / (scaling.cpuPercent / 100);
    const next = hpa.sync({ nowS: second, replicas, ratio, ready: Math.min(ready, replicas) });
    for (let more = replicas; more < next; more += 1) starting.push(second + pod.startS);
    // Those that are not ready yet go first.
    for (let fewer = replicas; fewer > next && starting.length > 0; fewer -= 1) starting.pop();
    tally.change(next !== replicas);
    replicas = next;
  }
  return tally.result();
}

export interface Backlog {
  /** Chunks that come in bursts: at which second, how many. */
  readonly bursts: readonly (readonly [second: number, chunks: number])[];
}

/** Jobs of a day: small ones all the time, large ones now and then, and one ten times as large as those. */
export function jobsOfDay(options: {
  readonly seed: number;
  readonly largest: number;
  readonly spikeAtS: number;
}): Backlog {
  const random = seeded(options.seed);
  const bursts: [number, number][] = [];
  for (let at = 0; at < dayS; at += exponential(random, 240)) {
    const chunks = Math.max(1, Math.round(exponential(random, options.largest / 100)));
    bursts.push([Math.floor(at), Math.min(chunks, options.largest / 10)]);
  }
  return {
    bursts: [...bursts, [options.spikeAtS, options.largest] as [number, number]].sort((a, b) => a[0] - b[0]),
  };
}

export interface WorkerOptions {
  /** Chunks that one worker does a second. */
  readonly chunksPerS: number;
  readonly startS: number;
  /** A chunk that begins later than this after it came is one too late, seconds. */
  readonly sloS: number;
}

export interface KedaScaling {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly chunksPerReplica: number;
  readonly pollingSeconds: number;
  readonly cooldownSeconds: number;
  readonly behaviour: Behaviour;
}

/**
 * A day of workers behind KEDA: between none and one KEDA itself decides (every `pollingSeconds`, and down to none
 * after `cooldownSeconds` without work), above that an HPA on the backlog over `chunksPerReplica`
 * (https://keda.sh/docs/latest/concepts/scaling-deployments/).
 */
export function backlogScaledDay(backlog: Backlog, worker: WorkerOptions, scaling: KedaScaling): DayResult {
  const hpa = new Hpa({ ...scaling, minReplicas: Math.max(1, scaling.minReplicas) });
  /** Chunks in line, by when they came. */
  const line: { readonly atS: number; left: number }[] = [];
  let replicas = scaling.minReplicas;
  let starting: number[] = [];
  let idleSince = 0;
  let next = 0;
  const spikeAtS = backlog.bursts.reduce((most, burst) => (burst[1] > most[1] ? burst : most), [
    0, 0,
  ] as const)[0];
  const tally = new Tally({ spikeAtS, spikeS: 3600 });
  for (let second = 0; second < dayS; second += 1) {
    for (let burst = backlog.bursts[next]; burst && burst[0] <= second; burst = backlog.bursts[next]) {
      line.push({ atS: second, left: burst[1] });
      next += 1;
    }
    starting = starting.filter((at) => at > second);
    const ready = replicas - starting.length;
    let room = ready * worker.chunksPerS;
    let begun = 0;
    let late = 0;
    while (room > 0 && line[0]) {
      const [first] = line;
      const taken = Math.min(first.left, room);
      begun += taken;
      if (second - first.atS > worker.sloS) late += taken;
      first.left -= taken;
      room -= taken;
      if (first.left <= 1e-9) line.shift();
    }
    const waiting = line.reduce((sum, { left }) => sum + left, 0);
    if (waiting + begun > 0) idleSince = second;
    const needed = Math.ceil((waiting + begun) / (worker.sloS * worker.chunksPerS));
    tally.second(second, {
      ...{ asked: begun, refused: late, replicas },
      needed: Math.min(scaling.maxReplicas, Math.max(scaling.minReplicas, needed)),
    });
    let wanted = replicas;
    if (replicas === 0) {
      if (second % scaling.pollingSeconds === 0 && waiting > 0) wanted = 1;
    } else if (scaling.minReplicas === 0 && second - idleSince >= scaling.cooldownSeconds) {
      wanted = 0;
    } else if (second % syncS === 0) {
      const ratio = waiting / (scaling.chunksPerReplica * replicas);
      // An external metric is of the whole, not of pods: those that start count like the rest.
      wanted = hpa.sync({ nowS: second, replicas, ratio, ready: replicas });
    }
    for (let more = replicas; more < wanted; more += 1) starting.push(second + worker.startS);
    for (let fewer = replicas; fewer > wanted && starting.length > 0; fewer -= 1) starting.pop();
    tally.change(wanted !== replicas);
    replicas = wanted;
  }
  return tally.result();
}

class Tally {
  #asked = 0;
  #refused = 0;
  #spikeAsked = 0;
  #spikeRefused = 0;
  #settledS = 0;
  #podS = 0;
  #neededS = 0;
  #most = 0;
  #changes = 0;
  readonly #replicas: number[] = [];
  readonly #spike: { readonly spikeAtS: number; readonly spikeS: number };

  constructor(spike: { readonly spikeAtS: number; readonly spikeS: number }) {
    this.#spike = spike;
  }

  second(at: number, now: { asked: number; refused: number; replicas: number; needed: number }): void {
    const { spikeAtS, spikeS } = this.#spike;
    this.#asked += now.asked;
    this.#refused += now.refused;
    this.#podS += now.replicas;
    this.#neededS += now.needed;
    this.#most = Math.max(this.#most, now.replicas);
    if (at % 60 === 0) this.#replicas.push(now.replicas);
    if (at < spikeAtS || at > spikeAtS + spikeS + 60) return;
    this.#spikeAsked += now.asked;
    this.#spikeRefused += now.refused;
    if (now.refused > 0) this.#settledS = at - spikeAtS + 1;
  }

  change(isChanged: boolean): void {
    if (isChanged) this.#changes += 1;
  }

  result(): DayResult {
    return {
      violations: this.#refused / Math.max(1, this.#asked),
      spikeViolations: this.#spikeRefused / Math.max(1, this.#spikeAsked),
      settledS: this.#settledS,
      podHours: this.#podS / 3600,
      overshoot: this.#podS / Math.max(1, this.#neededS) - 1,
      most: this.#most,
      changes: this.#changes,
      replicas: this.#replicas,
    };
  }
}
