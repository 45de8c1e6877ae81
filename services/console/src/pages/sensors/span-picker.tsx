import type { DeviceDetailsJson } from '@sillage/contracts';
import { useEffect, useState } from 'react';
import type { TextKey } from '../../i18n/catalogue.ts';
import { useText } from '../../i18n/use-text.ts';
import { Button, ProgressBar, Segments, TextField } from '../../ui/index.ts';
import { fromLocalField, type ReadingSpan, toLocalField } from './calibration-draft.ts';

/** Which readings are meant: recorded now while the device measures, or some that are stored. */
export function SpanPicker({
  device,
  value,
  onChange,
  minutes = 1,
  recording = 'sensors.recording',
}: {
  readonly device: DeviceDetailsJson;
  readonly value: ReadingSpan | undefined;
  readonly onChange: (value: ReadingSpan | undefined) => void;
  /** Of a span that is good for the most. */
  readonly minutes?: number;
  /** What is said while it is recorded, with the least that is needed. */
  readonly recording?: TextKey;
}) {
  const { t, date, number } = useText();
  const usualSeconds = minutes * 60;
  const [source, setSource] = useState<'record' | 'stored'>(
    device.state.status === 'live' ? 'record' : 'stored',
  );
  const newest = Date.parse(device.last_reading_at ?? device.created_at);
  const [begun, setBegun] = useState<number>();
  const [seconds, setSeconds] = useState(0);
  const [fields, setFields] = useState({
    from: toLocalField(value ? Date.parse(value.from) : newest - usualSeconds * 1000),
    to: toLocalField(value ? Date.parse(value.to) : newest + 1000),
  });

  useEffect(() => {
    if (begun === undefined) return;
    const timer = setInterval(() => setSeconds((Date.now() - begun) / 1000), 500);
    return () => clearInterval(timer);
  }, [begun]);

  // The stored span is there from the start: it needs no press where it is the right one.
  const from = fromLocalField(fields.from);
  const to = fromLocalField(fields.to);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `onChange` is another one at each drawing
  useEffect(() => {
    if (source !== 'stored') return;
    onChange(from !== undefined && to !== undefined && from < to ? { from, to } : undefined);
  }, [source, from, to]);

  const style = { timeStyle: 'medium' } as const;
  return (
    <div className="stack tight">
      <div>
        <Segments
          label={t('sensors.whichReadings')}
          value={source}
          onChange={(next) => {
            setSource(next);
            setBegun(undefined);
            if (next === 'record') onChange(undefined);
          }}
          choices={[
            { value: 'record', label: t('sensors.recordNow') },
            { value: 'stored', label: t('sensors.storedReadings') },
          ]}
        />
      </div>
      {source === 'stored' ? (
        <div className="wizard-fields">
          <TextField
            label={t('sensors.from')}
            type="datetime-local"
            value={fields.from}
            onChange={(next) => setFields({ ...fields, from: next })}
          />
          <TextField
            label={t('sensors.to')}
            type="datetime-local"
            value={fields.to}
            onChange={(next) => setFields({ ...fields, to: next })}
            error={
              from !== undefined && to !== undefined && from >= to ? t('sensors.spanReversed') : undefined
            }
          />
        </div>
      ) : begun === undefined ? (
        <div className="row tight">
          <Button
            onPress={() => {
              onChange(undefined);
              setSeconds(0);
              setBegun(Date.now());
            }}
          >
            {t(value ? 'sensors.recordAgain' : 'sensors.record')}
          </Button>
          {value && (
            <span className="small soft" role="status">
              {t('sensors.recorded', { from: date(value.from, style), to: date(value.to, style) })}
            </span>
          )}
        </div>
      ) : (
        <>
          <ProgressBar
            label={t(recording, { seconds: number(Math.round(seconds)) })}
            value={Math.min(seconds, usualSeconds)}
            max={usualSeconds}
          />
          <div className="row tight">
            <Button
              onPress={() => {
                onChange({ from: new Date(begun).toISOString(), to: new Date().toISOString() });
                setBegun(undefined);
              }}
            >
              {t('sensors.recordEnd')}
            </Button>
          </div>
        </>
      )}
    </div>
  );
}
