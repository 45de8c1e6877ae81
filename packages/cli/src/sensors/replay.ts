import { type Classification, StreamClosedError } from '@sillage/client';
import { type Reading, type Trace, toReadings } from '@sillage/recordings';
import { wait } from '../clock.ts';
import type { Session } from '../context.ts';
import { LiveView } from './live-view.ts';

export interface ReplayOptions {
  readonly device: string;
  readonly only: ReadonlySet<string> | undefined;
  readonly offset: number;
  /** Times as fast as the clock; 0: as fast as it goes. */
  readonly rate: number;
  /** Readings of one message. */
  readonly batch: number;
  readonly isPlotted: boolean;
}

/** Sends a trace over a live stream at its pace; resolves with what the device was told it smells at the end. */
export async function replay(
  { context, client }: Session,
  trace: Trace,
  options: ReplayOptions,
): Promise<Classification> {
  const { rate, batch, device } = options;
  // The last reading is sent as its time comes: a device faster than the clock began in the past, none is in the future.
  const ahead = rate > 1 ? 1 - 1 / rate : rate > 0 ? 0 : 1;
  const readings = toReadings(trace, {
    startMs: Math.round(context.now().getTime() - ahead * trace.rows.length * 1000),
    only: options.only,
    offset: options.offset,
  });
  context.stderr.write(`device ${device}: ${readings.length} s of ${trace.title}\n`);
  const view = options.isPlotted ? new LiveView(context, `${trace.title} → ${device}`) : undefined;
  const stream = client.sensors.stream(device, { signal: context.signal });
  const told = new Set<string>();
  const tellOnce = ({ channel, kind, detail }: { channel: string; kind: string; detail: string }) => {
    if (told.has(`${channel} ${kind}`)) return;
    told.add(`${channel} ${kind}`);
    context.stderr.write(`${channel}: ${kind}: ${detail}\n`);
  };
  const reader = (async () => {
    for await (const event of stream) {
      if (event.type === 'classification') view?.draw(event.classification);
      if (event.type === 'ack') for (const finding of event.findings) tellOnce(finding);
    }
  })();
  try {
    const began = performance.now();
    for (let at = 0; at < readings.length; at += batch) {
      const part: Reading[] = readings.slice(at, at + batch);
      if (rate > 0) {
        await wait(
          Math.max(0, began + ((at + part.length) * 1000) / rate - performance.now()),
          context.signal,
        );
      }
      view?.add(part);
      await stream.send(part);
    }
  } finally {
    await stream.close();
    await reader.catch((error: unknown) => {
      if (!(error instanceof StreamClosedError)) throw error;
    });
  }
  return client.sensors.classification(device, {}, { signal: context.signal });
}
