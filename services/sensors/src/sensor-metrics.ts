import { type Log, type Metrics, reasonOf } from '@sillage/kit';
import { type Baseline, baselineDrift } from './domain/baseline-drift.ts';
import type { QualityFinding, QualityKind } from './domain/quality.ts';
import { defaultSensorType } from './domain/sensor-type.ts';

export interface SensorMetricsOptions {
  readonly metrics: Metrics;
  readonly log: Log;
  /** The last two calibrations, newest first, of each of the devices that measured last; at most `limit` devices. */
  lastBaselines: (limit: number) => Promise<
    readonly {
      readonly id: string;
      readonly baselines: readonly Baseline[];
      readonly expiresAt: Date | undefined;
    }[]
  >;
  readonly intervalMs: number;
}

/** Series of the calibration gauge: the devices that measured last. A scrape stays small however many there are. */
const maxDevices = 500;

const kinds: Readonly<Record<QualityKind, true>> = {
  unknown_channel: true,
  not_finite: true,
  missing: true,
  sentinel: true,
  saturated: true,
  out_of_range: true,
  stuck: true,
  clock_not_set: true,
  in_future: true,
  too_old: true,
  noisy: true,
  clock_ahead: true,
  clock_behind: true,
  rate_changed: true,
};

/** Counts readings and findings, and shows which devices are calibrated and how far they have drifted. */
export class SensorMetrics {
  readonly #options: SensorMetricsOptions;
  readonly #timer: NodeJS.Timeout;

  constructor(options: SensorMetricsOptions) {
    this.#options = options;
    this.#calibration();
    this.addSensorType(defaultSensorType);
    this.#timer = setInterval(() => void this.refresh(), options.intervalMs);
    this.#timer.unref();
  }

  /** Shows the type's counters from zero, so that a first reading or fault is a rise and not a beginning. */
  addSensorType(sensorType: string): void {
    this.#readings().inc({ sensor_type: sensorType }, 0);
    for (const error of Object.keys(kinds)) this.#errors().inc({ sensor_type: sensorType, error }, 0);
  }

  stored(sensorType: string, readings: number): void {
    this.#readings().inc({ sensor_type: sensorType }, readings);
  }

  found(sensorType: string, findings: readonly QualityFinding[]): void {
    for (const { kind, count } of findings) {
      this.#errors().inc({ sensor_type: sensorType, error: kind }, count);
    }
  }

  /** Reads the calibration of the devices that measured last. Never rejects. */
  async refresh(): Promise<void> {
    try {
      const devices = await this.#options.lastBaselines(maxDevices);
      this.#calibration().reset();
      this.#drift().reset();
      for (const { id, baselines, expiresAt } of devices) {
        const [last, before] = baselines;
        const holds = last !== undefined && (expiresAt === undefined || new Date() < expiresAt);
        this.#calibration().set({ sensor_id: id }, holds ? 1 : 0);
        if (last) this.#drift().set({ sensor_id: id }, before ? baselineDrift(before, last) : 0);
      }
    } catch (error) {
      this.#options.log.debug({ reason: reasonOf(error) }, 'calibration states not read');
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #readings() {
    return this.#options.metrics.counter('olfactory_sensor_readings_total');
  }

  #errors() {
    return this.#options.metrics.counter('olfactory_sensor_errors_total');
  }

  #drift() {
    return this.#options.metrics.gauge('olfactory_sensor_drift_ratio');
  }

  #calibration() {
    return this.#options.metrics.gauge('olfactory_sensor_calibration_status');
  }
}
