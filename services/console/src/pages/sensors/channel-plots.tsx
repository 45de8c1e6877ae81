import { useText } from '../../i18n/use-text.ts';
import { Badge, Table } from '../../ui/index.ts';
import { Plot } from './plot.tsx';
import { type Extent, extentOf, type HistoryRange } from './range.ts';

/** A channel as it is drawn: points, each of one reading or of several. */
export interface ChannelSeries {
  readonly name: string;
  readonly mean: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  /** What is wrong with it now. */
  readonly faults: readonly string[];
}

const dayMs = 86_400_000;

/** A plot a channel, and the same as a table of figures for those who hear the page or want the numbers. */
export function ChannelPlots({
  label,
  series,
  times,
  readings,
  range,
}: {
  readonly label: string;
  readonly series: readonly ChannelSeries[];
  /** Unix seconds of the points. */
  readonly times: readonly number[];
  /** How many readings each point sums up; absent: one. */
  readonly readings?: readonly number[];
  readonly range: HistoryRange;
}) {
  const { t, number, date } = useText();
  const span = range.to - range.from;
  const style: Intl.DateTimeFormatOptions =
    span <= 2 * dayMs ? { hour: '2-digit', minute: '2-digit' } : { day: 'numeric', month: 'short' };
  const value = (figure: number) => number(figure, { maximumSignificantDigits: 5 });
  const isSummed = readings?.some((count) => count > 1) ?? false;
  const rows = series.map((channel) => ({
    ...channel,
    newest: channel.mean.findLast((one) => one !== null) ?? undefined,
    extent: extentOf(channel, readings ?? []),
  }));
  const summary = (name: string, newest: number | undefined, extent: Extent | undefined) =>
    newest === undefined || extent === undefined
      ? t('sensors.plotNothing', { channel: name })
      : t('sensors.plotSummary', {
          channel: name,
          last: value(newest),
          min: value(extent.min),
          max: value(extent.max),
        });
  return (
    <>
      <ul className="plots" aria-label={label}>
        {rows.map(({ name, mean, min, max, newest, extent, faults }) => (
          <li key={name} className="plot-item">
            <div className="row tight spread">
              <h3 className="break">{name}</h3>
              <span className="row tight">
                {faults.map((fault) => (
                  <Badge key={fault} tone="warn">
                    {fault}
                  </Badge>
                ))}
                <span className="plot-value numeric">{newest === undefined ? '–' : value(newest)}</span>
              </span>
            </div>
            <Plot
              summary={summary(name, newest, extent)}
              times={times}
              values={mean}
              {...(isSummed ? { band: { min, max } } : {})}
              from={range.from / 1000}
              to={range.to / 1000}
              height={132}
              formatTime={(seconds) => date(seconds * 1000, style)}
              formatValue={(figure) => number(figure, { notation: 'compact', maximumSignificantDigits: 4 })}
            />
          </li>
        ))}
      </ul>
      <details className="figures-table">
        <summary>{t('sensors.asTable')}</summary>
        <Table
          label={label}
          columns={[
            { name: t('sensors.channel') },
            { name: t('sensors.last'), isNumeric: true },
            { name: t('sensors.lowest'), isNumeric: true },
            { name: t('sensors.mean'), isNumeric: true },
            { name: t('sensors.highest'), isNumeric: true },
          ]}
        >
          {rows.map(({ name, newest, extent }) => (
            <tr key={name}>
              <td>{name}</td>
              {[newest, extent?.min, extent?.mean, extent?.max].map((figure, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the columns of the table
                <td key={at} data-numeric>
                  {figure === undefined ? '–' : value(figure)}
                </td>
              ))}
            </tr>
          ))}
        </Table>
      </details>
    </>
  );
}
