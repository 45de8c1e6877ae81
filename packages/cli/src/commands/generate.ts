import type { GenerateRequest, GenerateResponse, Molecule } from '@sillage/client';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Session } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { ExitCode } from '../exit-codes.ts';
import { decimal, whole } from '../options.ts';
import { percent, printJson, printTable } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import type { Kit } from '../program.ts';

export interface GenerationOptions {
  readonly seed?: number;
  readonly worker?: 'baseline' | 'optimized' | 'dit';
  readonly language?: string;
  readonly score: boolean;
  readonly minMatch?: number;
  readonly maxWeight?: number;
  readonly novel?: boolean;
  readonly excludeAllergens?: boolean;
  readonly scaffold?: string;
  readonly constraints?: string;
}

/** The options of a generation, which a job has as well. */
export function withGenerationOptions(command: Command): Command {
  return command
    .option('-s, --seed <n>', 'the same seed gives the same answer', whole(0, 2 ** 32 - 1))
    .addOption(new Option('-w, --worker <name>', 'which generator').choices(['baseline', 'optimized', 'dit']))
    .option('-l, --language <code>', 'language of the description, such as fr; else it is detected')
    .option('--no-score', 'raw candidates: much faster, without match, notes and properties')
    .option('--min-match <share>', 'matches at least so well, 0 to 1', decimal(0, 1))
    .option('--max-weight <g/mol>', 'weighs at most so much', decimal(1, 5000))
    .option('--novel', 'none that the generator has learnt from')
    .option('--exclude-allergens', 'none of the fragrance allergens that EU law has labelled')
    .option('--scaffold <smiles>', 'contains this core, as SMILES or SMARTS')
    .option('--constraints <json>', 'any constraint of the API, as JSON');
}

/** The request that these options make. */
export function generationOf(
  description: string,
  options: GenerationOptions,
): Omit<GenerateRequest, 'num_molecules'> {
  const constraints = {
    ...(options.constraints === undefined ? {} : objectOf(options.constraints)),
    ...(options.minMatch === undefined ? {} : { min_match: options.minMatch }),
    ...(options.maxWeight === undefined ? {} : { max_molecular_weight: options.maxWeight }),
    ...(options.novel ? { novel_only: true } : {}),
    ...(options.excludeAllergens ? { exclude_allergens: true } : {}),
    ...(options.scaffold === undefined ? {} : { scaffold: options.scaffold }),
  };
  return {
    description,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.worker === undefined ? {} : { worker: options.worker }),
    ...(options.language === undefined ? {} : { language: options.language }),
    ...(options.score ? {} : { score: false }),
    ...(Object.keys(constraints).length > 0 ? { constraints } : {}),
  };
}

export function addGenerateCommand(program: Command, { withSession }: Kit): void {
  withGenerationOptions(
    program
      .command('generate')
      .description('Which molecules would smell of this?')
      .argument('<description...>', 'in any of fifteen languages')
      .option('-n, --count <n>', 'molecules', whole(1, 1000), 10),
  )
    .addHelpText(
      'after',
      `
Examples:
  $ sillage generate "warm vanilla, slightly smoky, not floral" --count 5 --seed 7
  $ sillage generate plus boisé que floral --novel --exclude-allergens
  $ sillage generate "woody amber" --constraints '{"max_log_p": 4, "allowed_elements": ["C", "O"]}' --json`,
    )
    .action(withSession(generate));
}

async function generate(
  { context, client, isJson }: Session,
  words: string[],
  options: GenerationOptions & { count: number },
): Promise<ExitCode | undefined> {
  const request = { ...generationOf(words.join(' '), options), num_molecules: options.count };
  const answer = await client.generate(request, { signal: context.signal });
  if (isJson) {
    printJson(context, answer);
    return undefined;
  }
  context.stderr.write(`${understoodLine(answer)}\n`);
  const { molecules } = answer;
  if (areScored(molecules)) printTable(context, molecules, columns);
  else for (const { smiles } of molecules) context.stdout.write(`${smiles}\n`);
  if (answer.shortfall) {
    const { found, wanted, reason } = answer.shortfall;
    context.stderr.write(`${found} of ${wanted} were found: ${reason}\n`);
  }
  return undefined;
}

/** For instance: understood as vanilla 1, smoky 0.4, not floral 1; not understood: fluffy. */
export function understoodLine({ understood, unrecognised }: GenerateResponse): string {
  const notes = Object.entries(understood).map(([note, weight]) =>
    weight < 0 ? `not ${note} ${-weight}` : `${note} ${weight}`,
  );
  const odd = unrecognised.length > 0 ? `; not understood: ${unrecognised.join(', ')}` : '';
  return `understood as ${notes.join(', ')}${odd}`;
}

function areScored(molecules: GenerateResponse['molecules']): molecules is Molecule[] {
  return molecules.every((one) => 'match' in one);
}

const columns: readonly Column<Molecule>[] = [
  { title: 'molecule', value: ({ smiles }) => smiles, isElastic: true },
  { title: 'match', value: ({ match }) => match.toFixed(2), align: 'right' },
  {
    title: 'smells of',
    value: ({ notes }) =>
      notes
        .slice(0, 3)
        .map(({ note, probability }) => `${note} ${percent(probability)}`)
        .join(', '),
    isElastic: true,
  },
  { title: 'weight', value: ({ molecular_weight: weight }) => weight.toFixed(0), align: 'right' },
  { title: 'new', value: ({ novel }) => (novel ? 'yes' : 'no') },
  {
    title: 'safety',
    value: ({ safety }) => safety.score.toFixed(2),
    align: 'right',
    paint: ({ safety }) => (safety.flags.length > 0 ? 'yellow' : undefined),
  },
];

function objectOf(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below.
  }
  throw new UsageError(`--constraints must be a JSON object such as '{"max_rings": 2}'`);
}
