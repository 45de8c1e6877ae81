import type { Context } from '../context.ts';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
const codes: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};
export type Paint = (style: Style, text: string) => string;

/** Colours for a terminal; none for a file, a pipe, or where NO_COLOR is set (no-color.org). */
export function paintFor(stream: Context['stdout'], env: Context['env']): Paint {
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  const isPlain = Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb' || (stream.isTTY !== true && !forced);
  if (isPlain) return (_style, text) => text;
  return (style, text) => `\u001b[${codes[style][0]}m${text}\u001b[${codes[style][1]}m`;
}

/** Columns of a terminal; a file has room for all. */
export function widthOf(stream: Context['stdout']): number {
  return stream.isTTY === true ? (stream.columns ?? 80) : Number.POSITIVE_INFINITY;
}
