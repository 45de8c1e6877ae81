import type { components } from '@sillage/client';
import type { Command } from 'commander';
import { printJson, printTable } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import type { Kit } from '../program.ts';

type Model = components['schemas']['Model'];

const columns: readonly Column<Model>[] = [
  { title: 'model', value: ({ name }) => name },
  { title: 'version', value: ({ version }) => version },
  { title: 'answers', value: ({ default: isDefault }) => (isDefault ? 'by default' : 'when named') },
  { title: 'task', value: ({ task }) => task },
  {
    title: 'measured',
    value: ({ metrics }) =>
      metrics
        .slice(0, 1)
        .map(({ metric, value }) => `${metric} ${value}`)
        .join(''),
  },
  { title: 'summary', value: ({ summary }) => summary, isElastic: true },
];

export function addModelsCommand(program: Command, { withSession }: Kit): void {
  program
    .command('models')
    .description('Models that are loaded and that your key may use')
    .addHelpText('after', '\nExamples:\n  $ sillage models\n  $ sillage models --json | jq .[].name')
    .action(
      withSession(async ({ context, client, isJson }) => {
        const models = await client.models({ signal: context.signal });
        if (isJson) printJson(context, models);
        else printTable(context, models, columns);
        return undefined;
      }),
    );
}
