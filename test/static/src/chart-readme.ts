import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { chart } from './chart.ts';
import { read } from './repository.ts';

const readme = 'charts/sillage/README.md';
const [begin, end] = ['<!-- values: made by node test/static/chart-readme.ts -->', '<!-- /values -->'];

/** A setting of values.yaml as a row of the table. */
interface Row {
  readonly key: string;
  readonly value: string;
  readonly what: string;
}

/** What README.md lacks of values.yaml; none where the table is the one that would be made now. */
export function readmeProblems(): string[] {
  const text = read(readme);
  return plain(text) === plain(withTable(text))
    ? []
    : ['the table is not the one that values.yaml makes: run the command'];
}

/** Without what the formatter does: the width of columns, blank lines. */
function plain(text: string): string {
  return text
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/-{3,}/g, '---')
    .replaceAll(/\n+/g, '\n');
}

/** Makes the table anew. */
export function writeReadme(): void {
  writeFileSync(join(chart, 'README.md'), withTable(read(readme)));
}

function withTable(text: string): string {
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${readme}: ${begin} … ${end} is missing`);
  return `${before}${begin}\n\n${table()}\n${end}${after}`;
}

function table(): string {
  const { contents } = parseDocument(read('charts/sillage/values.yaml'));
  if (!isMap(contents)) throw new Error('values.yaml is no map');
  const sections = contents.items.map((pair) => {
    const key = keyOf(pair);
    const rows = rowsOf(pair, '');
    return { key, about: proseOf(commentOf(pair)), rows };
  });
  const single = sections.filter(({ key, rows }) => rows.length === 1 && rows[0]?.key === key);
  const grouped = sections.filter((section) => !single.includes(section));
  return [
    rowsText(single.flatMap(({ rows }) => rows)),
    ...grouped.flatMap(({ key, about, rows }) => [
      `### ${key}\n`,
      ...(about ? [`${about}\n`] : []),
      rowsText(rows),
    ]),
  ].join('\n');
}

function rowsText(rows: readonly Row[]): string {
  const cells = rows.map(({ key, value, what }) => [`\`${key}\``, value === '' ? '' : `\`${value}\``, what]);
  const lines = [['key', 'default', 'what'], ['---', '---', '---'], ...cells];
  return `${lines.map((line) => `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')}\n`;
}

/** A map whose keys say something of themselves becomes a row each; any other value is one row. */
function rowsOf(pair: Pair, path: string): Row[] {
  const key = path === '' ? keyOf(pair) : `${path}.${keyOf(pair)}`;
  const { value } = pair;
  const isGroup = isMap(value) && value.flow !== true && value.items.length > 0;
  const what = describe(commentOf(pair));
  if (!isGroup) return [{ key, value: shown(value), what }];
  return (value as YAMLMap<unknown, unknown>).items.flatMap((inner) => rowsOf(inner, key));
}

function shown(value: unknown): string {
  if (isScalar(value)) return JSON.stringify(value.value) ?? '';
  const text = JSON.stringify((value as { toJSON?: () => unknown } | null)?.toJSON?.() ?? value);
  return text.length > 80 ? '' : text;
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : String(key);
}

/** Comments stand before the key, or, for the first key of a map, before the map. */
function commentOf({ key }: Pair): string {
  return (isScalar(key) ? key.commentBefore : undefined) ?? '';
}

/** What follows "# --" up to the end of the comment. */
function describe(comment: string): string {
  const at = comment.lastIndexOf(' -- ');
  return at < 0 ? '' : joined(comment.slice(at + 4));
}

/** What a comment says of a whole section: its text without "--". */
function proseOf(comment: string): string {
  const last = comment.split('\n\n').at(-1) ?? '';
  return last.includes(' -- ') ? '' : joined(last);
}

function joined(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim();
}
