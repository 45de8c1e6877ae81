// Writes what a run measured, or several runs of some cases each, into docs/operations.md, between the marks there:
//   node test/cluster/table.ts [REPORT.json...]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseResult, Figures } from './report.ts';

const root = join(import.meta.dirname, '../..');
const files = process.argv.length > 2 ? process.argv.slice(2) : [join(root, 'test/cluster/report.json')];
const page = join(root, 'docs/operations.md');
const [begin, end] = ['<!-- cluster suite: made by test/cluster/table.ts -->', '<!-- end -->'];

interface RunReport {
  readonly about: Figures;
  readonly cases: readonly CaseResult[];
}
const reports = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as RunReport);
// Of a case that ran in several of them the last holds.
const cases = new Map(reports.flatMap((report) => report.cases).map((one) => [one.name, one]));
const checks = [...cases.values()].flatMap((one) => one.checks);
const passed = checks.filter((check) => check.passed).length;
const minutes = Math.round([...cases.values()].reduce((sum, { seconds }) => sum + seconds, 0) / 60);

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}

const rows = [...cases.values()].flatMap(({ name, checks, leftOut }) => [
  ...checks.map((check) => {
    const figures = Object.entries(check.figures).map(([what, value]) => `${what}: ${value}`);
    return [name, escaped(check.name), check.passed ? 'held' : 'NOT HELD', escaped(figures.join(', '))];
  }),
  ...leftOut.map((what) => [name, escaped(what), 'left out', '']),
]);
const table = [
  `Kubernetes ${reports[0]?.about['kubernetes']}, ${minutes} min: ${passed} passed, ${checks.length - passed} failed${reports.length > 1 ? `; the last run of each case, out of ${reports.length} runs of some cases each` : ''}.`,
  '',
  '| case | what | verdict | measured |',
  '| --- | --- | --- | --- |',
  ...rows.map((cells) => `| ${cells.join(' | ')} |`),
];
const text = readFileSync(page, 'utf8');
const [before, after] = [text.indexOf(begin), text.indexOf(end)];
if (before < 0 || after < before) throw new Error(`${page} lacks the marks ${begin} and ${end}`);
writeFileSync(page, `${text.slice(0, before + begin.length)}\n\n${table.join('\n')}\n\n${text.slice(after)}`);
console.log(`${rows.length} rows in docs/operations.md`);
