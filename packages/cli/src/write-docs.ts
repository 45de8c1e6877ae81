// Writes the generated half of docs/cli.md: `npm run docs:cli`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from './program.ts';
import { referenceOf } from './reference.ts';
import { processContext } from './run-process.ts';

export const docsFile = join(import.meta.dirname, '../../../docs/cli.md');
export const docsMark = '<!-- What follows is made by `npm run docs:cli`. -->\n\n';

const program = buildProgram({ ...processContext(), stdout: process.stderr }, {}, () => {});
const [written = ''] = readFileSync(docsFile, 'utf8').split(docsMark);
writeFileSync(docsFile, `${written}${docsMark}${referenceOf(program)}\n`);
process.exit();
