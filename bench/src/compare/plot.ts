/** One line of a chart: its points from left to right. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly isLogX?: boolean;
  readonly isLogY?: boolean;
  readonly series: readonly Series[];
}

const width = 720;
const height = 400;
const frame = { left: 70, right: 170, top: 40, bottom: 50 };
/** Okabe and Ito's colours, which people tell apart whatever colours they see (Wong, Nature Methods 2011, 8, 441). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'];

/** A line chart as SVG; points that are no finite number are left out. */
export function chart({ title, x, y, isLogX = false, isLogY = false, series }: Chart): string {
  const clean = series.map(({ name, points }) => ({
    name,
    points: points.filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b) && (!isLogY || b > 0)),
  }));
  const all = clean.flatMap(({ points }) => points);
  const across = axis(
    all.map(([value]) => value),
    isLogX,
    frame.left,
    width - frame.right,
  );
  const up = axis(
    all.map(([, value]) => value),
    isLogY,
    height - frame.bottom,
    frame.top,
  );
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(frame.left, 22, title, 'font-size="15"'),
    text((frame.left + width - frame.right) / 2, height - 12, x, 'text-anchor="middle"'),
    text(16, height / 2, y, `text-anchor="middle" transform="rotate(-90 16 ${height / 2})"`),
    ...across.ticks.flatMap(({ at, label }) => [
      line(at, frame.top, at, height - frame.bottom),
      text(at, height - frame.bottom + 18, label, 'text-anchor="middle"'),
    ]),
    ...up.ticks.flatMap(({ at, label }) => [
      line(frame.left, at, width - frame.right, at),
      text(frame.left - 6, at + 4, label, 'text-anchor="end"'),
    ]),
    ...clean.flatMap(({ name, points }, index) => {
      const colour = colours[index % colours.length] ?? '#000000';
      const places = points.map(([a, b]) => `${across.place(a).toFixed(1)},${up.place(b).toFixed(1)}`);
      const row = frame.top + 14 + index * 20;
      return [
        `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...places.map((place) => {
          const [cx, cy] = place.split(',');
          return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`;
        }),
        `<rect x="${width - frame.right + 12}" y="${row - 9}" width="10" height="10" fill="${colour}"/>`,
        text(width - frame.right + 28, row, name),
      ];
    }),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

interface Axis {
  readonly place: (value: number) => number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

function axis(values: readonly number[], isLog: boolean, from: number, to: number): Axis {
  const least = Math.min(...values, isLog ? Number.POSITIVE_INFINITY : 0);
  const most = Math.max(...values);
  const [low, high] = values.length === 0 ? [1, 10] : [least, most > least ? most : least + 1];
  const scale = isLog ? Math.log10 : (value: number) => value;
  const begin = isLog ? Math.floor(scale(low)) : low;
  const end = isLog ? Math.max(begin + 1, Math.ceil(scale(high))) : high;
  const place = (value: number) => from + ((scale(value) - begin) / (end - begin)) * (to - from);
  const steps = isLog
    ? Array.from({ length: end - begin + 1 }, (_, index) => 10 ** (begin + index))
    : evenSteps(low, high);
  return { place, ticks: steps.map((value) => ({ at: place(value), label: short(value) })) };
}

/** About five round numbers between the ends. */
function evenSteps(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, index) => (first + index) * step);
}

function short(value: number): string {
  return value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((value) => value.toFixed(1));
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" stroke="#dddddd"/>`;
}

function text(x: number, y: number, words: string, more = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="#333333" ${more}>${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
