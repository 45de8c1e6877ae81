// Prints how well descriptions are understood: npm run evaluate:descriptions [-- --mistakes]
// Exits 1 below the bar over all texts.
import { bar, evaluateDescriptions, scoresOf, type Tally } from './domain/description/evaluate.ts';
import { descriptionTestSet, odourNotes } from './evaluation-files.ts';
import { loadDescriptions } from './serving/load-descriptions.ts';

const notes = odourNotes();
const began = performance.now();
const descriptions = await loadDescriptions(notes);
const loadMs = performance.now() - began;
const cases = descriptionTestSet();
descriptions.understand(cases[0]?.text ?? '');
const readFrom = performance.now();
const { byLanguage, total, mistakes } = evaluateDescriptions(descriptions, cases);
const readMs = (performance.now() - readFrom) / cases.length;

const row = (name: string, tally: Tally) => {
  const { precision, recall, order, language } = scoresOf(tally);
  const cells = [precision, recall, order, language].map((share) => share.toFixed(3).padStart(10));
  return `${name.padEnd(9)}${String(tally.texts).padStart(6)}${cells.join('')}`;
};
const lines = [
  'language  texts precision    recall     order  detected',
  ...[...byLanguage].map(([language, tally]) => row(language, tally)),
  row('all', total),
  `${descriptions.languages.length} lexicons loaded in ${loadMs.toFixed(0)} ms; a text is read in ${readMs.toFixed(2)} ms`,
];
if (process.argv.includes('--mistakes')) {
  lines.push(
    ...mistakes.map(({ language, text, faults }) => `${language}  ${text}\n    ${faults.join(', ')}`),
  );
}
process.stdout.write(`${lines.join('\n')}\n`);
const { precision, recall } = scoresOf(total);
process.exitCode = precision >= bar.precision && recall >= bar.recall ? 0 : 1;
