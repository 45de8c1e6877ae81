import stringWidth from 'string-width';
import type { Paint } from './style.ts';

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
  readonly align?: 'right';
  /** May be cut where the terminal is narrow; the widest of these is cut first. */
  readonly isElastic?: boolean;
  readonly paint?: (row: T) => Parameters<Paint>[0] | undefined;
}

const gap = 2;
const leastElastic = 8;

/** A table as wide as the terminal at most; every cell on one line. */
export function renderTable<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  { width, paint }: { readonly width: number; readonly paint: Paint },
): string {
  const cells = rows.map((row) => columns.map(({ value }) => oneLine(value(row))));
  const widths = columns.map(({ title }, at) =>
    Math.max(stringWidth(title), ...cells.map((row) => stringWidth(row[at] ?? ''))),
  );
  fit(widths, columns, width);
  const line = (texts: readonly string[], style: (at: number) => Parameters<Paint>[0] | undefined) =>
    texts
      .map((text, at) => {
        const size = widths[at] ?? 0;
        const cut = truncate(text, size);
        const space = ' '.repeat(Math.max(0, size - stringWidth(cut)));
        const kind = style(at);
        const shown = kind === undefined ? cut : paint(kind, cut);
        if (columns[at]?.align === 'right') return space + shown;
        return at === texts.length - 1 ? shown : shown + space;
      })
      .join(' '.repeat(gap))
      .trimEnd();
  const head = line(
    columns.map(({ title }) => title),
    () => 'bold',
  );
  const body = rows.map((row, index) => line(cells[index] ?? [], (at) => columns[at]?.paint?.(row)));
  return `${[head, ...body].join('\n')}\n`;
}

/** Takes from the widest elastic column until all fit. */
function fit<T>(widths: number[], columns: readonly Column<T>[], width: number): void {
  const total = () => widths.reduce((sum, one) => sum + one, 0) + gap * (widths.length - 1);
  while (total() > width) {
    let widest = -1;
    for (const [at, { isElastic }] of columns.entries()) {
      const own = widths[at] ?? 0;
      if (isElastic && own > leastElastic && own > (widths[widest] ?? 0)) widest = at;
    }
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

/** The text, with an ellipsis where it is wider. */
export function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = '';
  let used = 0;
  for (const letter of text) {
    const size = stringWidth(letter);
    if (used + size > width - 1) break;
    cut += letter;
    used += size;
  }
  return `${cut}…`;
}

// What came from elsewhere must not move the cursor of a terminal.
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}]+/gu, ' ');
}
