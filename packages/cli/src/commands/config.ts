import { text } from 'node:stream/consumers';
import { Sillage } from '@sillage/client';
import type { Command } from 'commander';
import {
  configPath,
  defaultUrl,
  isOpenToOthers,
  maskKey,
  readConfig,
  resolveTarget,
  writeConfig,
} from '../config.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { printFields, printJson, printTable } from '../output/print.ts';
import type { Kit } from '../program.ts';

export function addConfigCommands(program: Command, { context, plain, globals, target }: Kit): void {
  program
    .command('login')
    .description('Keep an address and its key in the configuration file, readable by you alone')
    .option('--no-check', 'do not ask the API whether the key holds')
    .addHelpText(
      'after',
      `
The key is asked for, or read from standard input: it does not belong on a command line.

Examples:
  $ sillage login --url https://api.example.com
  $ sillage login --profile work --url https://api.example.com < key.txt`,
    )
    .action(
      plain(async ({ isJson }, { check }: { check: boolean }) => {
        const path = configPath(context.env);
        const config = readConfig(path);
        const name = globals().profile ?? context.env['SILLAGE_PROFILE'] ?? config.current;
        const url = globals().url ?? context.env['SILLAGE_URL'] ?? config.profiles[name]?.url ?? defaultUrl;
        const apiKey = await askForKey(context, url);
        // Any key that holds may list the models.
        if (check) await new Sillage({ baseUrl: url, apiKey }).models({ signal: context.signal });
        writeConfig(path, { current: name, profiles: { ...config.profiles, [name]: { url, apiKey } } });
        if (isJson) printJson(context, { profile: name, url, path });
        else context.stderr.write(`profile ${name}: ${url} with ${maskKey(apiKey)}, kept in ${path}\n`);
        return undefined;
      }),
    );
  program
    .command('logout')
    .description('Forget a profile')
    .addHelpText('after', '\nExamples:\n  $ sillage logout --profile work')
    .action(
      plain(async () => {
        const path = configPath(context.env);
        const config = readConfig(path);
        const name = globals().profile ?? config.current;
        const { [name]: gone, ...profiles } = config.profiles;
        if (!gone) throw new UsageError(`there is no profile ${name}`);
        writeConfig(path, { current: Object.keys(profiles)[0] ?? 'default', profiles });
        context.stderr.write(
          `profile ${name} is forgotten; the key itself still holds: \`sillage keys revoke\` ends it\n`,
        );
        return undefined;
      }),
    );
  const config = program.command('config').description('Where commands go, and with which key.');
  config
    .command('show')
    .description('The address and the key in use, and where each comes from')
    .addHelpText('after', '\nExamples:\n  $ sillage config show')
    .action(
      plain(async ({ isJson }) => {
        const { url, urlFrom, apiKey, keyFrom } = target();
        const path = configPath(context.env);
        const key = apiKey === undefined ? 'none' : maskKey(apiKey);
        const shown = { url, url_from: urlFrom, key, key_from: keyFrom ?? null, file: path };
        if (isJson) printJson(context, shown);
        else {
          printFields(context, {
            url: `${url} (${urlFrom})`,
            key: `${key}${keyFrom === undefined ? '' : ` (${keyFrom})`}`,
            file: path,
          });
        }
        if (isOpenToOthers(path)) context.stderr.write(`others can read ${path}: chmod 600 ${path}\n`);
        return undefined;
      }),
    );
  config
    .command('profiles')
    .description('All profiles')
    .addHelpText('after', '\nExamples:\n  $ sillage config profiles')
    .action(
      plain(async ({ isJson }) => {
        const { current, profiles } = readConfig(configPath(context.env));
        const rows = Object.entries(profiles).map(([name, { url, apiKey }]) => ({
          name,
          url,
          key: apiKey === undefined ? 'none' : maskKey(apiKey),
          current: name === current,
        }));
        if (isJson) printJson(context, rows);
        else {
          printTable(context, rows, [
            { title: 'profile', value: ({ name, current: isCurrent }) => (isCurrent ? `${name} *` : name) },
            { title: 'url', value: ({ url }) => url, isElastic: true },
            { title: 'key', value: ({ key }) => key },
          ]);
        }
        return undefined;
      }),
    );
  config
    .command('use')
    .description('Make a profile the current one')
    .argument('<profile>')
    .addHelpText('after', '\nExamples:\n  $ sillage config use work')
    .action(
      plain(async (_context, name: string) => {
        const path = configPath(context.env);
        // Refuses one that is not there, and says which are.
        resolveTarget(context, { profile: name });
        writeConfig(path, { ...readConfig(path), current: name });
        return undefined;
      }),
    );
}

async function askForKey({ stdin, stderr }: Context, url: string): Promise<string> {
  const answer = stdin.isTTY === true ? await askHidden(`API key for ${url}: `, stderr) : await text(stdin);
  const key = answer.trim();
  if (key === '') throw new UsageError('no key was given');
  if (/\s/.test(key)) throw new UsageError('a key has no blanks: give it alone, on one line');
  return key;
}

/** A line from the terminal that is not shown. */
async function askHidden(question: string, out: Context['stderr']): Promise<string> {
  const { stdin } = process;
  out.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  let line = '';
  try {
    for await (const chunk of stdin as AsyncIterable<string>) {
      for (const letter of chunk) {
        if (letter === '\r' || letter === '\n') return line;
        if (letter === '\u0003' || letter === '\u0004') throw new UsageError('no key was given');
        line = letter === '\u007f' ? line.slice(0, -1) : line + letter;
      }
    }
    return line;
  } finally {
    stdin.setRawMode(false);
    out.write('\n');
  }
}
