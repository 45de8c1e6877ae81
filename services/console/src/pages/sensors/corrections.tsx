import type { CalibrationJson } from '@sillage/contracts';
import { useText } from '../../i18n/use-text.ts';
import { Table } from '../../ui/index.ts';

/** What a calibration does to each channel. */
export function Corrections({ calibration }: { readonly calibration: CalibrationJson }) {
  const { t, number, percent } = useText();
  const { environment } = calibration;
  const value = (figure: number) => number(figure, { maximumSignificantDigits: 5 });
  return (
    <>
      <p className="small soft">{t('sensors.correctionsHelp')}</p>
      <Table
        label={t('sensors.corrections')}
        columns={[
          { name: t('sensors.channel') },
          { name: t('sensors.cleanAir'), isNumeric: true },
          { name: t('sensors.reference'), isNumeric: true },
          { name: t('sensors.gain'), isNumeric: true },
        ]}
      >
        {calibration.channels.map(({ channel, baseline, reference, gain }) => (
          <tr key={channel}>
            <td>{channel}</td>
            <td data-numeric>{value(baseline)}</td>
            <td data-numeric>{reference === null ? '–' : value(reference)}</td>
            <td data-numeric>{value(gain)}</td>
          </tr>
        ))}
      </Table>
      {environment && (
        <>
          <p className="small soft">
            {t('sensors.airReference', {
              temperature: number(environment.reference_temperature, { maximumFractionDigits: 1 }),
              humidity: number(environment.reference_humidity, { maximumFractionDigits: 1 }),
              source: environment.source,
            })}
          </p>
          <Table
            label={t('sensors.airCorrections')}
            columns={[
              { name: t('sensors.channel') },
              { name: t('sensors.perCelsius'), isNumeric: true },
              { name: t('sensors.perPercent'), isNumeric: true },
              { name: t('sensors.explained'), isNumeric: true },
            ]}
          >
            {environment.coefficients.map(({ channel, per_celsius, per_percent, explained }) => (
              <tr key={channel}>
                <td>{channel}</td>
                <td data-numeric>{value(per_celsius)}</td>
                <td data-numeric>{value(per_percent)}</td>
                <td data-numeric>{percent(explained)}</td>
              </tr>
            ))}
          </Table>
        </>
      )}
    </>
  );
}
