import type { DeviceDetailsJson } from '@sillage/contracts';
import { Activity } from 'lucide-react';
import { useText } from '../../i18n/use-text.ts';
import { Badge, Card, EmptyState, ProblemNotice } from '../../ui/index.ts';
import { ChannelPlots } from './channel-plots.tsx';
import { Classification, Drift } from './classification.tsx';
import { type Live, liveSeconds } from './use-live.ts';
import { faultWord } from './words.ts';

/** What the device measures and smells now. */
export function LiveView({ device, live }: { readonly device: DeviceDetailsJson; readonly live: Live }) {
  return (
    <div className="sensor-split">
      <div className="stack">
        {live.error !== undefined && <ProblemNotice error={live.error} />}
        <LiveChannels device={device} live={live} />
        <Faults faults={device.state.faults} />
      </div>
      <div className="stack">
        <Classification classification={live.classification} />
        {live.classification && <Drift drift={live.classification.drift} />}
      </div>
    </div>
  );
}

/** The newest minutes of every channel. */
export function LiveChannels({ device, live }: { readonly device: DeviceDetailsJson; readonly live: Live }) {
  const { t, number } = useText();
  const { times, channels } = live.window;
  const end = times.at(-1);
  const hz = device.state.sample_hz;
  const measured = device.channels.filter((name) => channels[name]?.some((value) => value !== null));
  return (
    <Card
      title={t('sensors.channels')}
      {...(hz === null
        ? {}
        : { actions: <span className="small soft">{number(hz, { maximumFractionDigits: 2 })} Hz</span> })}
    >
      {end === undefined ? (
        <EmptyState icon={Activity} title={t('sensors.noReadings')}>
          <p>{t('sensors.noReadingsHelp')}</p>
        </EmptyState>
      ) : (
        <ChannelPlots
          label={t('sensors.channels')}
          times={times}
          range={{ from: (end - liveSeconds) * 1000, to: end * 1000 }}
          series={measured.map((name) => {
            const values = channels[name] ?? [];
            const faults = device.state.faults
              .filter((fault) => fault.active && fault.channel === name)
              .map(({ kind }) => faultWord(t, kind));
            return { name, mean: values, min: values, max: values, faults };
          })}
        />
      )}
    </Card>
  );
}

/** What was found wrong with the device, by kind, and what to do about it. */
function Faults({ faults }: { readonly faults: DeviceDetailsJson['state']['faults'] }) {
  const { t, date, number } = useText();
  const style = { dateStyle: 'medium', timeStyle: 'short' } as const;
  return (
    <Card title={t('sensors.faults')}>
      {faults.length === 0 ? (
        <p className="soft">{t('sensors.noFaults')}</p>
      ) : (
        <ul className="fault-list">
          {faults.map(({ channel, kind, active, detail, advice, first_at, last_at, readings }) => (
            <li key={`${channel} ${kind}`} className="stack tight">
              <span className="row tight">
                <Badge tone={active ? 'warn' : 'neutral'}>{faultWord(t, kind)}</Badge>
                {channel !== null && <strong>{channel}</strong>}
                {!active && <span className="small soft">{t('sensors.faultOver')}</span>}
              </span>
              <span>{advice}</span>
              <span className="small soft">{detail}</span>
              <span className="small soft">
                {t('sensors.faultSince', {
                  first: date(first_at, style),
                  last: date(last_at, style),
                  count: number(readings),
                })}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
