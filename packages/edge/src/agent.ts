import { setTimeout as delay } from 'node:timers/promises';
import { type Log, reasonOf } from '@sillage/kit';
import { type AgentState, newAgentState } from './agent-state.ts';
import { type Device, defaultDeviceName, type FleetApi } from './api.ts';
import { encodeReading, type ParsedLine } from './reading.ts';
import type { Sink, Source } from './sources/source.ts';
import type { Spool } from './spool.ts';
import { Stamper } from './stamper.ts';
import { Uplink, type UplinkLimits } from './uplink.ts';

export interface AgentOptions {
  readonly source: Source;
  readonly spool: Spool;
  readonly api: FleetApi;
  readonly device: {
    readonly id?: string | undefined;
    readonly name?: string | undefined;
    readonly sensorType?: string | undefined;
  };
  readonly log: Log;
  readonly uplink?: Partial<UplinkLimits>;
  now?: () => number;
}

/** How long who can wait waits for room, or for a disk that does not take. */
const pauseMs = 200;
const maxUnknownChannels = 20;

/** From a sensor to the fleet: reads, stamps, spools, sends. */
export class EdgeAgent {
  readonly state: AgentState = newAgentState();
  readonly #options: AgentOptions;
  readonly #uplink: Uplink;
  readonly #stamper = new Stamper();
  readonly #stopped = new AbortController();
  #channels: ReadonlySet<string> | undefined;
  #reading: Promise<void> | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    const { api, spool, log } = options;
    this.#uplink = new Uplink({
      ...{ api, spool, log, state: this.state },
      ...(options.uplink ? { limits: options.uplink } : {}),
      findDevice: (signal) => this.#findDevice(signal),
      onDevice: ({ channels }) => {
        this.#channels = new Set(channels);
      },
      prepare: (reading) => this.#prepare(reading),
    });
  }

  get isStopping(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** Resolves when the source is read to its end; a sensor has none. Rejects for what a person must mend. */
  run(): Promise<void> {
    this.#uplink.start();
    this.#reading ??= this.#options.source.run(this.#sink(), this.#stopped.signal);
    return this.#reading;
  }

  /** Resolves when the fleet has settled all that was spooled. */
  async drained(): Promise<void> {
    while (!this.#options.spool.isEmpty) {
      await delay(pauseMs, undefined, { signal: this.#stopped.signal });
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#reading?.catch(() => {});
    await this.#uplink.stop();
  }

  #sink(): Sink {
    const { spool, log } = this.#options;
    const now = this.#options.now ?? Date.now;
    const { lines, readings } = this.state;
    const stamped = (parsed: readonly ParsedLine[]) =>
      parsed.map(({ timeMs, channels }) =>
        encodeReading({ timeMs: timeMs ?? this.#stamper.stamp(now()), channels }),
      );
    let trouble: string | undefined;
    const report = (error: unknown) => {
      const reason = reasonOf(error);
      if (reason !== trouble) log.error({ reason }, 'readings cannot be spooled');
      trouble = reason;
    };
    return {
      now,
      state: this.state.source,
      countLines: (outcome, count = 1) => {
        lines[outcome] = (lines[outcome] ?? 0) + count;
      },
      position: (source) => spool.position(source),
      take: (parsed) => {
        try {
          const dropped = spool.append(stamped(parsed), now());
          readings.spooled += parsed.length;
          readings.dropped += dropped;
          trouble = undefined;
        } catch (error) {
          readings.dropped += parsed.length;
          report(error);
        }
        this.#uplink.wake();
      },
      takeAll: async (parsed, { signal, position }) => {
        const bodies = stamped(parsed);
        for (;;) {
          signal.throwIfAborted();
          try {
            if (spool.hasRoomFor(bodies)) {
              spool.append(bodies, now(), position);
              break;
            }
          } catch (error) {
            report(error);
          }
          await delay(pauseMs, undefined, { signal });
        }
        trouble = undefined;
        readings.spooled += parsed.length;
        this.#uplink.wake();
      },
    };
  }

  #findDevice(signal: AbortSignal): Promise<Device> {
    const { api, device } = this.#options;
    return device.id === undefined
      ? api.deviceByName(device.name ?? defaultDeviceName(), device.sensorType, signal)
      : api.device(device.id, signal);
  }

  /** Channels that the device does not have would refuse the whole message: they are left out, and told of. */
  #prepare(text: string): string | undefined {
    const known = this.#channels;
    const reading: { t: string; channels: Record<string, number | null> } = JSON.parse(text);
    const names = Object.keys(reading.channels);
    const unknown = known ? names.filter((name) => !known.has(name)) : [];
    if (unknown.length === 0) return text;
    const { unknownChannels } = this.state;
    for (const name of unknown) {
      if (unknownChannels.has(name) || unknownChannels.size >= maxUnknownChannels) continue;
      unknownChannels.add(name);
      this.#options.log.warn({ channel: name, known: [...(known ?? [])] }, 'the device has no such channel');
    }
    if (unknown.length === names.length) return undefined;
    const channels = Object.fromEntries(
      Object.entries(reading.channels).filter(([name]) => known?.has(name)),
    );
    return JSON.stringify({ t: reading.t, channels });
  }
}
