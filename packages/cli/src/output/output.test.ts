import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { bar, sparkline } from './plot.ts';
import { duration, progressLine } from './progress.ts';
import { paintFor } from './style.ts';
import { renderTable, truncate } from './table.ts';

const plain = (_style: string, text: string) => text;
const columns = [
  { title: 'id', value: (row: string[]) => row[0] ?? '' },
  { title: 'what', value: (row: string[]) => row[1] ?? '', isElastic: true },
  { title: 'n', value: (row: string[]) => row[2] ?? '', align: 'right' as const },
];

test('a table is as wide as it must be; where the terminal is narrow the elastic column is cut', () => {
  const rows = [
    ['1', 'vanilla and more of it', '10'],
    ['22', '香り', '9'],
  ];
  expect(renderTable(rows, columns, { width: Number.POSITIVE_INFINITY, paint: plain })).toBe(
    [
      'id  what                     n',
      '1   vanilla and more of it  10',
      '22  香り                     9',
      '',
    ].join('\n'),
  );
  expect(renderTable(rows, columns, { width: 20, paint: plain })).toBe(
    ['id  what           n', '1   vanilla and…  10', '22  香り           9', ''].join('\n'),
  );
  expect(renderTable([], columns, { width: 80, paint: plain })).toBe('id  what  n\n');
});

test('what comes from elsewhere cannot move the cursor', () => {
  const [, row] = renderTable([['1', 'a\u001b[2Jb\nc', '']], columns, { width: 80, paint: plain }).split(
    '\n',
  );
  expect(row).toBe('1   a [2Jb c');
});

test('text is cut by what it takes on the screen', () => {
  expect(truncate('香り香り', 5)).toBe('香り…');
  expect(truncate('abc', 3)).toBe('abc');
});

test('colours are for terminals, and for nobody who says no', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  expect(paintFor(terminal, {})('red', 'x')).toBe('\u001b[31mx\u001b[39m');
  expect(paintFor(terminal, { NO_COLOR: '1' })('red', 'x')).toBe('x');
  expect(paintFor(terminal, { TERM: 'dumb' })('red', 'x')).toBe('x');
  expect(paintFor(new PassThrough(), {})('red', 'x')).toBe('x');
  expect(paintFor(new PassThrough(), { FORCE_COLOR: '1' })('red', 'x')).toContain('\u001b[31m');
});

test('progress tells share, counts, speed and what is left', () => {
  const moment = { done: 250, failed: 3, total: 1000, elapsedMs: 5000, status: 'running' };
  expect(progressLine(moment)).toBe(
    'running   [######------------------]  25 %  250 of 1000, 3 with an error, 50/s, 15 s left',
  );
  expect(progressLine({ done: 0, failed: 0, total: 0, elapsedMs: 0, status: 'queued' })).toBe(
    'queued    [------------------------]   0 %  0 of 0',
  );
  expect([5, 600, 9000].map(duration)).toEqual(['5 s', '10 min', '2.5 h']);
});

test('a sparkline runs from its least to its most, blank where nothing was measured', () => {
  expect(sparkline([0, 7, null, 3.5], 6)).toBe('  ▁█ ▅');
  expect(sparkline([5, 5, 5], 3)).toBe('▁▁▁');
  expect(sparkline([], 3)).toBe('   ');
  expect(sparkline([1, 2, 3, 4], 2)).toBe('▁█');
  expect(bar(0.5, 4)).toBe('██··');
});
