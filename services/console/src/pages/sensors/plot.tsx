import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

type Values = readonly (number | null)[];

export interface PlotProps {
  /** What the plot shows, in words: it stands for the drawing where that is not seen. */
  readonly summary: string;
  /** Unix seconds, ascending. */
  readonly times: readonly number[];
  readonly values: Values;
  /** Around the values; absent: the values are single readings. */
  readonly band?: { readonly min: Values; readonly max: Values };
  /** Of the time axis, Unix seconds. */
  readonly from: number;
  readonly to: number;
  readonly height: number;
  readonly formatTime: (seconds: number) => string;
  readonly formatValue: (value: number) => string;
}

/** Room of the two axes, pixels. */
const axisHeight = 26;
const axisWidth = 46;

/** One channel over time. Its colours are those of the theme, read from its own style at each drawing. */
export function Plot({ summary, times, values, band, from, to, height, formatTime, formatValue }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const shown = useRef({ from, to, formatTime, formatValue });
  shown.current = { from, to, formatTime, formatValue };

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const colour = (name: 'color' | 'borderTopColor' | 'caretColor' | 'outlineColor') => () =>
      getComputedStyle(element)[name];
    const axis = { stroke: colour('caretColor'), font: '11px system-ui', ticks: { show: false } };
    const made = new uPlot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { show: false },
        // At the right there is room for half of a time.
        padding: [8, 24, 0, 0],
        scales: {
          x: { time: true, range: () => [shown.current.from, shown.current.to] },
          y: { range: (_, low, high) => room(low, high) },
        },
        axes: [
          {
            ...axis,
            size: axisHeight,
            // The narrowest plot has a time each minute of the live ones.
            space: 54,
            grid: { show: false },
            values: (_, splits) => splits.map((split) => shown.current.formatTime(split)),
          },
          {
            ...axis,
            size: axisWidth,
            space: 36,
            grid: { stroke: colour('borderTopColor'), width: 1 },
            values: (_, splits) => splits.map((split) => shown.current.formatValue(split)),
          },
        ],
        series: [
          {},
          // The highest and the lowest have no line of their own, and lie beneath that of the values.
          { width: 0, points: { show: false } },
          { width: 0, points: { show: false } },
          {
            stroke: colour('color'),
            width: 1.75,
            // A few points may not make a line.
            points: { show: (_, __, first, last) => last - first < 30, size: 4, fill: colour('color') },
          },
        ],
        bands: [{ series: [1, 2], fill: () => getComputedStyle(element).outlineColor }],
      },
      undefined,
      element,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    const repaint = () => made.redraw(false, true);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', repaint);
    const theme = new MutationObserver(repaint);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      watch.disconnect();
      theme.disconnect();
      scheme.removeEventListener('change', repaint);
      made.destroy();
    };
  }, [height]);

  // After every drawing of the page: the newest values, in the room they have.
  useEffect(() => {
    const none = times.map(() => null);
    plot.current?.setData([[...times], [...(band?.max ?? none)], [...(band?.min ?? none)], [...values]]);
  });

  return <div ref={place} role="img" aria-label={summary} className="plot" style={{ height }} />;
}

/** From the lowest to the highest value and a tenth beyond, and something where they are the same. */
function room(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const beyond = Math.max((high - low) * 0.1, Math.abs(high) * 0.005, 0.5);
  return [low - beyond, high + beyond];
}
