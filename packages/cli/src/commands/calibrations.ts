import type { Calibration } from '@sillage/client';
import { type Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../errors.ts';
import { whole } from '../options.ts';
import { moment, printJson, printTable } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import type { Kit } from '../program.ts';

interface CalibrateOptions {
  readonly from?: string;
  readonly to?: string;
  readonly level?: Readonly<Record<string, number>>;
  readonly spanFrom?: string;
  readonly spanTo?: string;
  readonly by?: string;
  readonly gas?: string;
  readonly note?: string;
  readonly validDays?: number;
  readonly dryRun?: boolean;
}

/** CHANNEL=LEVEL, given once or several times. */
function collectLevel(text: string, before: Readonly<Record<string, number>> = {}): Record<string, number> {
  const [, channel = '', level = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (channel === '' || !Number.isFinite(Number(level)))
    throw new InvalidArgumentError('It must be a channel and its level, such as NO2=216.');
  return { ...before, [channel]: Number(level) };
}

const columns: readonly Column<Calibration>[] = [
  { title: 'made (UTC)', value: ({ created_at: at }) => moment(at) },
  { title: 'readings', value: ({ readings_used: used }) => String(used), align: 'right' },
  { title: 'points', value: ({ span }) => (span ? '2' : '1'), align: 'right' },
  { title: 'environment', value: ({ environment }) => (environment ? 'corrected' : '-') },
  { title: 'by', value: ({ certificate }) => certificate?.performed_by ?? '-', isElastic: true },
  { title: 'gas', value: ({ certificate }) => certificate?.reference_gas || '-', isElastic: true },
  { title: 'expires (UTC)', value: ({ expires_at: at }) => moment(at) },
];

/** `sensors calibrate` and `sensors calibrations`. */
export function addCalibrationCommands(sensors: Command, { withSession }: Kit): void {
  sensors
    .command('calibrate')
    .description(
      'Take a span of clean-air readings as the baseline, and a second in a known gas for the gain',
    )
    .argument('<device>')
    .option('--from <time>', 'clean air: first moment; else the beginning')
    .option('--to <time>', 'clean air: last moment; else the end')
    .option('--level <channel=n>', 'the second point: what a channel is in that gas; for each', collectLevel)
    .option('--span-from <time>', 'the second point: first moment')
    .option('--span-to <time>', 'the second point: last moment')
    .option('--by <name>', 'of the certificate: who did it')
    .option('--gas <text>', 'of the certificate: with which gas')
    .option('--note <text>', 'of the certificate: what else is to be known')
    .option(
      '--valid-days <n>',
      'then it counts as uncalibrated; else it holds until the next',
      whole(1, 3650),
    )
    .option('--dry-run', 'tell what would come of it, and keep nothing')
    .addHelpText(
      'after',
      `
Examples:
  $ sillage sensors calibrate 0198f3c2-… --from 2026-11-21T10:00:00Z
  $ sillage sensors calibrate 0198f3c2-… --to 2026-11-21T10:05:00Z --span-from 2026-11-21T10:10:00Z \\
      --level NO2=216 --level VOC=494 --by "A. Meyer" --gas "span 12" --valid-days 90`,
    )
    .action(
      withSession(async ({ context, client, isJson }, id: string, options: CalibrateOptions) => {
        const answer = await client.sensors.calibrate(id, requestOf(options), { signal: context.signal });
        if (isJson) printJson(context, answer);
        else {
          const verb = answer.dry_run ? 'would be calibrated' : 'calibrated';
          context.stdout.write(`${verb} on ${answer.readings_used} readings\n`);
        }
        return undefined;
      }),
    );
  sensors
    .command('calibrations')
    .description('Calibrations that a device has had, newest first; the first holds')
    .argument('<device>')
    .addHelpText('after', '\nExamples:\n  $ sillage sensors calibrations 0198f3c2-…')
    .action(
      withSession(async ({ context, client, isJson }, id: string) => {
        const list = await client.sensors.calibrations(id, { signal: context.signal }).toArray();
        if (isJson) printJson(context, list);
        else printTable(context, list, columns);
        return undefined;
      }),
    );
}

function requestOf({
  from,
  to,
  level,
  spanFrom,
  spanTo,
  by,
  gas,
  note,
  validDays,
  dryRun,
}: CalibrateOptions) {
  if (level === undefined && (spanFrom ?? spanTo) !== undefined)
    throw new UsageError('the second point needs the level of a channel in its gas, such as --level NO2=216');
  if (by === undefined && (gas ?? note) !== undefined)
    throw new UsageError('a certificate needs who did it: --by NAME');
  const given = <K extends string, T>(key: K, value: T | undefined) =>
    (value === undefined ? {} : { [key]: value }) as { [key in K]?: T };
  return {
    ...given('from', from),
    ...given('to', to),
    ...given('span', level && { ...given('from', spanFrom), ...given('to', spanTo), levels: level }),
    ...given(
      'certificate',
      by === undefined
        ? undefined
        : { performed_by: by, ...given('reference_gas', gas), ...given('note', note) },
    ),
    ...given('valid_days', validDays),
    ...given('dry_run', dryRun),
  };
}
