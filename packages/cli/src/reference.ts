import type { Command } from 'commander';
import { exitCodes, exitCodeTexts } from './exit-codes.ts';
import { everyCommand } from './program.ts';

/** The help of every command and the exit codes, as Markdown: the second half of docs/cli.md. */
export function referenceOf(program: Command): string {
  const leaves = everyCommand(program).filter(({ commands }) => commands.length === 0);
  const sections = leaves.map((command) => {
    const path = pathOf(command);
    return `### ${path}\n\n\`\`\`\n${command.helpInformation().trimEnd()}${examplesOf(command)}\n\`\`\``;
  });
  const codes = Object.entries(exitCodes).map(
    ([name, code]) => [String(code), exitCodeTexts[name as keyof typeof exitCodes]] as const,
  );
  return [
    '## Exit codes',
    table(['code', 'what'], codes),
    '## Every command',
    'The options `--url`, `--profile`, `--json` and `--timeout` go with all of them.',
    ...sections,
  ].join('\n\n');
}

/** For instance: sillage jobs run. */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/** What is added behind a help text is written to a stream alone. */
function examplesOf(command: Command): string {
  let text = '';
  const { writeOut } = command.configureOutput();
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  command.configureOutput(writeOut ? { writeOut } : {});
  return text.slice(command.helpInformation().length).trimEnd().replace(/^\n*/, '\n\n');
}

/** A table whose columns are as wide as their widest cell, as the formatter wants them. */
function table(head: readonly [string, string], rows: readonly (readonly [string, string])[]): string {
  const widths = [0, 1].map((at) => Math.max(...[head, ...rows].map((row) => row[at as 0 | 1].length)));
  const line = (cells: readonly [string, string]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join(
    '\n',
  );
}
