import type { DeviceDetailsJson } from '@sillage/contracts';
import { useQuery } from '@tanstack/react-query';
import { ChartLine, ChevronLeft, ChevronRight } from 'lucide-react';
import { useText } from '../../i18n/use-text.ts';
import {
  Button,
  Card,
  EmptyState,
  Notice,
  ProblemNotice,
  Segments,
  Select,
  Skeleton,
  useAddress,
  useChoice,
} from '../../ui/index.ts';
import { ChannelPlots } from './channel-plots.tsx';
import { historyQuery } from './data.ts';
import { panned, rangeOf, resolutions, spans } from './range.ts';

/** Readings over time, as fine as the plots can show them; back to the first one that is kept. */
export function History({ device }: { readonly device: DeviceDetailsJson }) {
  const { t, date, number } = useText();
  const [span, chooseSpan] = useChoice('span', spans);
  const [resolution, chooseResolution] = useChoice('resolution', resolutions);
  const [end, setEnd] = useAddress('end');
  const newest = Date.parse(device.last_reading_at ?? device.created_at);
  const range = rangeOf(span, end, newest);
  const { data, error, refetch, isFetching } = useQuery({
    ...historyQuery(device.id, range, resolution),
    enabled: device.last_reading_at !== null,
  });
  if (device.last_reading_at === null) {
    return (
      <Card>
        <EmptyState icon={ChartLine} title={t('sensors.noReadings')}>
          <p>{t('sensors.noReadingsHelp')}</p>
        </EmptyState>
      </Card>
    );
  }
  const style = { dateStyle: 'medium', timeStyle: 'short' } as const;
  const times = data?.times.map((time) => Date.parse(time) / 1000) ?? [];
  const series = Object.entries(data?.channels ?? {})
    .filter(([, { mean }]) => mean.some((value) => value !== null))
    .map(([name, values]) => ({ name, ...values, faults: [] }));
  return (
    <Card title={t('sensors.tab_history')}>
      <div className="stack" aria-busy={isFetching}>
        <div className="row spread history-controls">
          <Segments
            label={t('sensors.span')}
            value={span}
            onChange={chooseSpan}
            choices={spans.map((value) => ({ value, label: t(`sensors.span_${value}`) }))}
          />
          <div className="row tight">
            <Button
              shape="icon"
              size="s"
              aria-label={t('sensors.earlier')}
              onPress={() => setEnd(panned(range, -1, newest))}
            >
              <ChevronLeft aria-hidden size={16} />
            </Button>
            <Button
              shape="icon"
              size="s"
              aria-label={t('sensors.later')}
              isDisabled={range.to >= newest}
              onPress={() => setEnd(panned(range, 1, newest))}
            >
              <ChevronRight aria-hidden size={16} />
            </Button>
            <Button size="s" isDisabled={range.to >= newest} onPress={() => setEnd('')}>
              {t('sensors.newest')}
            </Button>
          </div>
          <Select
            label={t('sensors.resolution')}
            value={resolution}
            onChange={chooseResolution}
            choices={resolutions.map((value) => ({ value, label: t(`sensors.resolution_${value}`) }))}
          />
        </div>
        <p className="small soft" aria-live="polite">
          {date(range.from, style)} – {date(range.to, style)}
          {data &&
            ` · ${t('sensors.points', {
              resolution: t(`sensors.resolution_${data.resolution}`),
              count: number(times.length),
            })}`}
        </p>
        {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
        {!data && !error && <Skeleton height={20} />}
        {data?.next != null && (
          <Notice tone="warn">
            <p>{t('sensors.historyMore')}</p>
          </Notice>
        )}
        {data && times.length === 0 && (
          <EmptyState icon={ChartLine} title={t('sensors.historyNone')}>
            <p>{t('sensors.historyNoneHelp')}</p>
          </EmptyState>
        )}
        {data && times.length > 0 && (
          <ChannelPlots
            label={t('sensors.tab_history')}
            times={times}
            readings={data.readings}
            range={range}
            series={series}
          />
        )}
      </div>
    </Card>
  );
}
