import type { SensorArray, SensorArrayClassification } from '@sillage/client';
import type { Command } from 'commander';
import { printJson, printTable } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import type { Kit } from '../program.ts';
import { summaryOf } from '../sensors/live-view.ts';

const columns: readonly Column<SensorArray>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'name', value: ({ name }) => name, isElastic: true },
  { title: 'devices', value: ({ devices }) => devices.join(' '), isElastic: true },
];
const memberColumns: readonly Column<SensorArrayClassification['members'][number]>[] = [
  { title: 'device', value: ({ device }) => device },
  { title: 'part', value: ({ part }) => part.replace('_', ' ') },
  { title: 'alone', value: ({ substance }) => substance ?? '-' },
  { title: 'probability', value: ({ probability }) => probability?.toFixed(2) ?? '-', align: 'right' },
  {
    title: 'behind',
    value: ({ lag_s: lag }) => (lag === null ? '-' : `${lag.toFixed(1)} s`),
    align: 'right',
  },
];

/** Devices that smell the same air, asked as one: `sensors arrays`. */
export function addSensorArraysCommand(sensors: Command, { withSession }: Kit): void {
  const arrays = sensors
    .command('arrays')
    .description('Devices that smell the same air, to be asked as one.');
  arrays
    .command('list')
    .description('Arrays, newest first')
    .addHelpText('after', '\nExamples:\n  $ sillage sensors arrays list')
    .action(
      withSession(async ({ context, client, isJson }) => {
        const list = await client.sensors.arrays({ signal: context.signal });
        if (isJson) printJson(context, list);
        else printTable(context, list, columns);
        return undefined;
      }),
    );
  arrays
    .command('create')
    .description('Declare an array of 2 to 16 devices of one sensor type')
    .argument('<name>')
    .argument('<devices...>', 'their ids')
    .addHelpText('after', '\nExamples:\n  $ sillage sensors arrays create "room 3" 0198f3c2-… 0198f3c3-…')
    .action(
      withSession(async ({ context, client, isJson }, name: string, devices: string[]) => {
        const array = await client.sensors.createArray({ name, devices }, { signal: context.signal });
        if (isJson) printJson(context, array);
        else context.stdout.write(`${array.id}\n`);
        return undefined;
      }),
    );
  arrays
    .command('classify')
    .description('What do they smell together?')
    .argument('<array>')
    .option('--at <time>', 'end of the windows to look at, such as 2026-11-21T10:00:00Z; else the newest')
    .addHelpText('after', '\nExamples:\n  $ sillage sensors arrays classify 0198f3c2-…')
    .action(
      withSession(async ({ context, client, isJson }, id: string, query: { at?: string }) => {
        const answer = await client.sensors.classifyArray(id, { ...query }, { signal: context.signal });
        if (isJson) printJson(context, answer);
        else {
          context.stdout.write(`${summaryOf(answer.classification)}\n`);
          printTable(context, answer.members, memberColumns);
        }
        return undefined;
      }),
    );
  arrays
    .command('remove')
    .description('Remove an array; its devices stay')
    .argument('<array>')
    .addHelpText('after', '\nExamples:\n  $ sillage sensors arrays remove 0198f3c2-…')
    .action(
      withSession(async ({ context, client }, id: string) => {
        await client.sensors.deleteArray(id, { signal: context.signal });
        return undefined;
      }),
    );
}
