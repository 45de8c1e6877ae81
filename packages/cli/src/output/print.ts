import { once } from 'node:events';
import type { Context } from '../context.ts';
import { paintFor, widthOf } from './style.ts';
import { type Column, renderTable } from './table.ts';

type Out = Pick<Context, 'stdout' | 'env'>;

/** One JSON value, indented. */
export function printJson({ stdout }: Out, value: unknown): void {
  stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Text, as fast as the reader takes it. */
export async function write({ stdout }: Out, text: string): Promise<void> {
  if (!stdout.write(text)) await once(stdout, 'drain');
}

export function printTable<T>({ stdout, env }: Out, rows: readonly T[], columns: readonly Column<T>[]): void {
  stdout.write(renderTable(rows, columns, { width: widthOf(stdout), paint: paintFor(stdout, env) }));
}

/** Name and value, one a line, the values below each other. */
export function printFields(out: Out, fields: Readonly<Record<string, string>>): void {
  const width = Math.max(...Object.keys(fields).map((name) => name.length));
  const paint = paintFor(out.stdout, out.env);
  for (const [name, value] of Object.entries(fields)) {
    out.stdout.write(`${paint('bold', name.padEnd(width))}  ${value}\n`);
  }
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A moment as 2026-11-21 10:00, UTC; a dash for none. */
export function moment(text: string | null | undefined): string {
  return text ? text.slice(0, 16).replace('T', ' ') : '-';
}
