import { type KeyboardEvent, useState } from 'react';

export interface Bar {
  /** What it stands for, as text. */
  readonly label: string;
  readonly value: number;
  /** The part of `value` that is shown as bad. */
  readonly bad?: number;
}

const width = 720;
const height = 200;
const left = 48;
const bottom = 22;
const top = 10;

/**
 * A bar for each step of time. What a bar says is told where it is pointed at or gone to with the arrow keys; the same
 * numbers belong in a table beside it.
 */
export function BarChart({
  label,
  bars,
  describe,
  format,
}: {
  readonly label: string;
  readonly bars: readonly Bar[];
  readonly describe: (bar: Bar) => string;
  readonly format: (value: number) => string;
}) {
  const [at, setAt] = useState<number>();
  const peak = niceCeiling(Math.max(1, ...bars.map(({ value }) => value)));
  const step = (width - left) / Math.max(1, bars.length);
  const thick = Math.max(2, Math.min(28, step * 0.68));
  const y = (value: number) => top + (height - top - bottom) * (1 - value / peak);
  const base = y(0);
  const shown = at === undefined ? undefined : bars[at];
  const labelled = [0, Math.floor((bars.length - 1) / 2), bars.length - 1];
  const go = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    setAt((now) => Math.min(bars.length - 1, Math.max(0, (now ?? (by > 0 ? -1 : bars.length)) + by)));
  };
  return (
    <figure className="chart">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read it bar by bar
        tabIndex={0}
        onKeyDown={go}
        onBlur={() => setAt(undefined)}
        onPointerLeave={() => setAt(undefined)}
      >
        {[0, 0.5, 1].map((part) => (
          <g key={part}>
            <line className="grid-line" x1={left} x2={width} y1={y(peak * part)} y2={y(peak * part)} />
            <text className="axis" x={left - 8} y={y(peak * part) + 4} textAnchor="end">
              {format(peak * part)}
            </text>
          </g>
        ))}
        {bars.map((bar, index) => {
          const x = left + index * step + (step - thick) / 2;
          const good = bar.value - (bar.bad ?? 0);
          return (
            <g key={bar.label} data-active={index === at || undefined} className="bar">
              {good > 0 && (
                <rect
                  className="bar-good"
                  {...{ x, width: thick, rx: Math.min(3, thick / 2) }}
                  y={Math.min(y(good), base - 1.5)}
                  height={Math.max(1.5, base - y(good))}
                />
              )}
              {(bar.bad ?? 0) > 0 && (
                <rect
                  className="bar-bad"
                  {...{ x, width: thick }}
                  y={Math.min(y(bar.value), y(good) - 1.5)}
                  height={Math.max(1.5, y(good) - y(bar.value))}
                />
              )}
              <rect
                className="bar-reach"
                {...{ x: left + index * step, y: top, width: step, height: base - top }}
                onPointerEnter={() => setAt(index)}
              />
            </g>
          );
        })}
        {bars.map((bar, index) =>
          labelled.includes(index) ? (
            <text
              key={bar.label}
              className="axis"
              x={index === 0 ? left : index === bars.length - 1 ? width : left + (index + 0.5) * step}
              y={height - 5}
              textAnchor={index === 0 ? 'start' : index === bars.length - 1 ? 'end' : 'middle'}
            >
              {bar.label}
            </text>
          ) : null,
        )}
      </svg>
      <figcaption className="small soft" aria-live="polite">
        {shown ? describe(shown) : label}
      </figcaption>
    </figure>
  );
}

/** The next of 1, 2, 5, 10, 20, …: the top of a scale that a person can read. */
export function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const found = [1, 2, 5, 10].find((factor) => factor * power >= value);
  return (found ?? 10) * power;
}
