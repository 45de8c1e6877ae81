// Prints how well descriptions are understood: npm run evaluate:descriptions [-- --mistakes]
// Exits 1 below the bar over all texts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  bar,
  evaluateDescriptions,
  scoresOf,
  type Tally,
  testCasesSchema,
} from './domain/description/evaluate.ts';
import { loadDescriptions } from './serving/load-descriptions.ts';

const read = (path: string): unknown => parse(readFileSync(join(import.meta.dirname, path), 'utf8'));
const { labels } = z
  .object({ labels: z.array(z.string()) })
  .parse(read('../../../models/olfactory-base/1/manifest.yaml'));
const cases = testCasesSchema.parse(read('../evaluation/descriptions.yaml'));
const { byLanguage, total, mistakes } = evaluateDescriptions(await loadDescriptions(labels), cases);

const row = (name: string, tally: Tally) => {
  const { precision, recall, order, language } = scoresOf(tally);
  const cells = [precision, recall, order, language].map((share) => share.toFixed(3).padStart(10));
  return `${name.padEnd(9)}${String(tally.texts).padStart(6)}${cells.join('')}`;
};
const lines = [
  'language  texts precision    recall     order  detected',
  ...[...byLanguage].map(([language, tally]) => row(language, tally)),
  row('all', total),
];
if (process.argv.includes('--mistakes')) {
  lines.push(
    ...mistakes.map(({ language, text, faults }) => `${language}  ${text}\n    ${faults.join(', ')}`),
  );
}
process.stdout.write(`${lines.join('\n')}\n`);
const { precision, recall } = scoresOf(total);
process.exitCode = precision >= bar.precision && recall >= bar.recall ? 0 : 1;
