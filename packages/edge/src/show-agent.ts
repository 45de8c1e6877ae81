import type { Health, Metrics } from '@sillage/kit';
import type { EdgeAgent } from './agent.ts';
import type { LinkState } from './agent-state.ts';
import { lineOutcomes } from './reading.ts';
import type { Spool } from './spool.ts';

/** Shows on /health, /ready and /metrics what an agent does. It is ready whatever is away: that is what it is for. */
export function showAgent(parts: {
  readonly agent: EdgeAgent;
  readonly spool: Spool;
  readonly metrics: Metrics;
  readonly health: Health;
}): void {
  const { agent, spool, metrics, health } = parts;
  const { state } = agent;
  metrics.counter('olfactory_edge_readings_total', (counter) => {
    const { spooled, settled, refused, dropped } = state.readings;
    for (const [outcome, count] of Object.entries({ spooled, settled, refused, dropped })) {
      counter.inc({ outcome }, count);
    }
  });
  metrics.counter('olfactory_edge_lines_total', (counter) => {
    for (const outcome of lineOutcomes) counter.inc({ outcome }, state.lines[outcome] ?? 0);
  });
  metrics.gauge('olfactory_edge_spool_readings', (gauge) => gauge.set(spool.counts().readings));
  metrics.gauge('olfactory_edge_spool_bytes', (gauge) => gauge.set(spool.counts().bytes));
  metrics.gauge('olfactory_edge_spool_age_seconds', (gauge) => {
    const { oldestMs } = spool.counts();
    gauge.set(oldestMs === undefined ? 0 : Math.max(0, Date.now() - oldestMs) / 1000);
  });

  const link = ({ detail, isUp }: LinkState, more: string) => {
    if (!isUp) throw new Error(detail + more);
    return detail + more;
  };
  health.addCheck('source', async () => link(state.source, lineFaults(agent)), { isVital: false });
  health.addCheck(
    'uplink',
    async () => link(state.uplink, state.smell === undefined ? '' : `; smells ${state.smell}`),
    { isVital: false },
  );
  health.addCheck('spool', async () => spoolLine(agent, spool), { isVital: false });
}

function lineFaults({ state }: EdgeAgent): string {
  const faults = Object.entries(state.lines).filter(([name]) => name !== 'read' && name !== 'header');
  const unknown = [...state.unknownChannels];
  return [
    ...(faults.length > 0
      ? [`; lines: ${faults.map(([name, count]) => `${count} ${name}`).join(', ')}`]
      : []),
    ...(unknown.length > 0 ? [`; no channel of the device: ${unknown.join(', ')}`] : []),
  ].join('');
}

function spoolLine({ state }: EdgeAgent, spool: Spool): string {
  const { readings, bytes, oldestMs, refused } = spool.counts();
  const age =
    oldestMs === undefined ? '' : `, the oldest for ${Math.round((Date.now() - oldestMs) / 1000)} s`;
  const { settled, dropped } = state.readings;
  return [
    `${readings} readings wait (${(bytes / 1e6).toFixed(1)} MB${age})`,
    `${settled} settled since the start`,
    ...(dropped > 0 ? [`${dropped} dropped for want of room`] : []),
    ...(refused > 0 ? [`${refused} refused and kept aside`] : []),
  ].join('; ');
}
