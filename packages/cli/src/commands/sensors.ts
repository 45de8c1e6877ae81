import type { Classification, Device, Reading } from '@sillage/client';
import type { Command } from 'commander';
import { wait } from '../clock.ts';
import type { Session } from '../context.ts';
import { collect, decimal, whole } from '../options.ts';
import { moment, printJson, printTable, write } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import type { Kit } from '../program.ts';
import { LiveView, summaryOf } from '../sensors/live-view.ts';
import { readTrace } from '../sensors/read-trace.ts';
import { replay } from '../sensors/replay.ts';
import { addCalibrationCommands } from './calibrations.ts';
import { addSensorArraysCommand } from './sensor-arrays.ts';

const columns: readonly Column<Device>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'name', value: ({ name }) => name, isElastic: true },
  { title: 'type', value: ({ sensor_type: type }) => type },
  { title: 'readings', value: ({ readings }) => String(readings), align: 'right' },
  { title: 'newest (UTC)', value: ({ last_reading_at: at }) => moment(at) },
  { title: 'calibrated (UTC)', value: ({ calibration }) => moment(calibration.calibrated_at) },
];

export function addSensorsCommand(program: Command, kit: Kit): void {
  const { withSession } = kit;
  const sensors = program
    .command('sensors')
    .description('Electronic noses: devices, readings, what they smell.');
  sensors
    .command('list')
    .description('Devices, newest first')
    .addHelpText('after', '\nExamples:\n  $ sillage sensors list')
    .action(
      withSession(async ({ context, client, isJson }) => {
        const devices = await client.sensors.devices({ signal: context.signal }).toArray();
        if (isJson) printJson(context, devices);
        else printTable(context, devices, columns);
        return undefined;
      }),
    );
  sensors
    .command('create')
    .description('Register a device')
    .argument('<name>')
    .option('-t, --type <name>', 'kind of sensor head (smellnet-12)')
    .addHelpText('after', '\nExamples:\n  $ sillage sensors create "kitchen nose"')
    .action(
      withSession(async ({ context, client, isJson }, name: string, { type }: { type?: string }) => {
        const body = { name, ...(type === undefined ? {} : { sensor_type: type }) };
        const device = await client.sensors.createDevice(body, { signal: context.signal });
        if (isJson) printJson(context, device);
        else {
          context.stderr.write(`${device.name}: ${device.channels.join(', ')}\n`);
          context.stdout.write(`${device.id}\n`);
        }
        return undefined;
      }),
    );
  sensors
    .command('remove')
    .description('Remove a device with its readings and calibrations')
    .argument('<device>')
    .addHelpText('after', '\nExamples:\n  $ sillage sensors remove 0198f3c2-…')
    .action(
      withSession(async ({ context, client }, id: string) => {
        await client.sensors.deleteDevice(id, { signal: context.signal });
        return undefined;
      }),
    );
  sensors
    .command('classify')
    .description('What is it smelling?')
    .argument('<device>')
    .option('--at <time>', 'end of the window to look at, such as 2026-11-21T10:00:00Z; else the newest')
    .addHelpText('after', '\nExamples:\n  $ sillage sensors classify 0198f3c2-…')
    .action(
      withSession(async ({ context, client, isJson }, id: string, { at }: { at?: string }) => {
        const query = at === undefined ? {} : { at };
        const answer = await client.sensors.classification(id, query, { signal: context.signal });
        if (isJson) printJson(context, answer);
        else context.stdout.write(`${summaryOf(answer)}\n`);
        return undefined;
      }),
    );
  addCalibrationCommands(sensors, kit);
  addSensorArraysCommand(sensors, kit);
  sensors
    .command('watch')
    .description('A device live: its channels and what it smells')
    .argument('<device>')
    .option('--every <seconds>', 'between two looks', decimal(0.1, 3600), 1)
    .option('-n, --count <n>', 'stop after so many looks', whole(1, 1_000_000))
    .addHelpText(
      'after',
      '\nExamples:\n  $ sillage sensors watch 0198f3c2-…\n  $ sillage sensors watch 0198f3c2-… --json',
    )
    .action(withSession(watch));
  addReplay(sensors.command('replay'), withSession);
}

interface ReplayFlags {
  readonly recording?: string;
  readonly substance?: string;
  readonly channels?: string[];
  readonly offset: number;
  readonly seed: number;
  readonly from: number;
  readonly seconds?: number;
  readonly rate: number;
  readonly batch?: number;
  readonly device?: string;
  readonly name?: string;
  readonly model?: string;
  readonly plot: boolean;
}

function addReplay(command: Command, withSession: Kit['withSession']): void {
  command
    .description('Play an electronic nose: send a recording, or a synthetic one, over a live stream')
    .argument('[recording]', 'CSV: a header of channel names, then one row of numbers per second')
    .option('--recording <file>', 'the same')
    .option(
      '--substance <name>',
      'synthesise from the statistics of its training recordings: to try things with, no evidence of accuracy, since the model has seen what it is drawn from',
    )
    .option('--device <id>', 'of this device; else one is created')
    .option('--name <name>', 'of the device that is created')
    .option('--rate <n>', 'times as fast as the clock; 0: as fast as it goes', decimal(0, 100_000), 0)
    .option('--channels <names>', 'send these channels alone', collect)
    .option('--offset <n>', 'add to every gas channel: a device with a bias', decimal(-1000, 1000), 0)
    .option('--from <n>', 'start at this second', whole(0, 1_000_000), 0)
    .option('--seconds <n>', 'send so many (all of a recording; 200 synthesised)', whole(1, 1_000_000))
    .option('--seed <n>', 'of the synthesis', whole(0, 2 ** 32 - 1), 1)
    .option('--batch <n>', 'readings of one message, 1 to 1000', whole(1, 1000))
    .option('--model <folder>', 'model folder with synthesis.json')
    .option('--no-plot', 'no drawing of the channels')
    .addHelpText(
      'after',
      `
Examples:
  $ sillage sensors replay almond.csv --rate 1
  $ sillage sensors replay --substance coffee --rate 20 --device 0198f3c2-…`,
    )
    .action(
      withSession(async (session, file: string | undefined, flags: ReplayFlags) => {
        const { context, client, isJson } = session;
        const trace = await readTrace({
          recording: file ?? flags.recording,
          substance: flags.substance,
          from: flags.from,
          seconds: flags.seconds,
          seed: flags.seed,
          modelFolder: flags.model,
        });
        const call = { signal: context.signal };
        const name = (flags.name ?? `simulated: ${trace.title}`).slice(0, 100);
        const device = flags.device ?? (await client.sensors.createDevice({ name }, call)).id;
        const answer = await replay(session, trace, {
          device,
          only: flags.channels && new Set(flags.channels),
          offset: flags.offset,
          rate: flags.rate,
          batch: flags.batch ?? Math.min(1000, Math.max(1, flags.rate > 0 ? Math.ceil(flags.rate) : 100)),
          isPlotted: flags.plot && !isJson && flags.rate > 0,
        });
        if (isJson) printJson(context, answer);
        else context.stdout.write(`${summaryOf(answer)}\n`);
        return undefined;
      }),
    );
}

/** Readings of the first look: what fits a terminal. */
const firstReadingsMs = 120_000;

async function watch(
  { context, client, isJson }: Session,
  id: string,
  { every, count = Number.POSITIVE_INFINITY }: { every: number; count?: number },
): Promise<undefined> {
  const call = { signal: context.signal };
  const device = await client.sensors.getDevice(id, call);
  const view = new LiveView(context, `${device.name} (${device.sensor_type})`);
  let from = device.last_reading_at
    ? new Date(Date.parse(device.last_reading_at) - firstReadingsMs).toISOString()
    : new Date(0).toISOString();
  let seen = '';
  for (let look = 0; look < count; look += 1) {
    if (look > 0) await wait(every * 1000, context.signal);
    const readings: Reading[] = (await client.sensors.readings(id, { from }, call).toArray()).filter(
      ({ t }) => t > seen,
    );
    seen = readings.at(-1)?.t ?? seen;
    from = readings.at(-1)?.t ?? from;
    const classification: Classification = await client.sensors.classification(id, {}, call);
    if (isJson) await write(context, `${JSON.stringify({ readings, classification })}\n`);
    else {
      view.add(readings);
      view.draw(classification);
    }
  }
  return undefined;
}
