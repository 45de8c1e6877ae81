import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { buildProgram, cliVersion, everyCommand } from './program.ts';
import { referenceOf } from './reference.ts';
import { runInMemory } from './testing/run-in-memory.ts';

const sink = new PassThrough();
const program = buildProgram(
  {
    stdin: Readable.from([]),
    stdout: sink,
    stderr: sink,
    env: {},
    signal: new AbortController().signal,
    now: () => new Date(),
  },
  {},
  () => {},
);

test('docs/cli.md has the help of every command as it is: `npm run docs:cli` writes it', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8');
  expect(docs.split('made by `npm run docs:cli`. -->\n\n')[1]).toBe(`${referenceOf(program)}\n`);
});

test('every command says what it does and shows examples', async () => {
  const leaves = everyCommand(program).filter(({ commands }) => commands.length === 0);
  for (const command of leaves) {
    const path = [command.parent?.name() ?? '', command.name()].filter((name) => name !== 'sillage');
    const { code, out } = await runInMemory([...path, '--help']);
    expect({ path, code, hasExamples: /\nExamples:\n {2}\$ .*sillage/.test(out) }).toEqual({
      path,
      code: 0,
      hasExamples: true,
    });
    expect(command.description()).not.toBe('');
  }
});

test('its version is that of the package', () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
    version: string;
  };
  expect(cliVersion).toBe(version);
});
