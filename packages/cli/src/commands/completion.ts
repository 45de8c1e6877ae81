import type { Command } from 'commander';
import { Argument } from 'commander';
import type { Kit } from '../program.ts';

/** A command as completion needs it. */
export interface Word {
  /** Words before it, from the first command on. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  readonly options: readonly {
    readonly name: string;
    readonly about: string;
    readonly choices: readonly string[];
  }[];
}

/** Every command with what can follow it, from the tree itself: completion cannot know other words than it. */
export function wordsOf(program: Command): Word[] {
  const visit = (command: Command, path: string): Word[] => {
    const options = [...command.options, ...(path === '' ? [] : program.options)].flatMap(
      ({ long, description, argChoices }) =>
        long ? [{ name: long, about: description, choices: argChoices ?? [] }] : [],
    );
    const commands = command.commands.map((one) => ({ name: one.name(), about: one.description() }));
    const own = { path, commands, options: [...options, { name: '--help', about: 'help', choices: [] }] };
    const below = command.commands.flatMap((one) => visit(one, `${path} ${one.name()}`.trim()));
    return [own, ...below];
  };
  return visit(program, '');
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

const bash = (words: readonly Word[]) => `# sillage completion for bash
_sillage() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
${words
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      ${quote(` ${path}`)}|${quote(`${path}`)}) path=${quote(path)} ;;`)
  .join('\n')}
    esac
  done
  case "$path $previous" in
${words
  .flatMap(({ path, options }) =>
    options
      .filter(({ choices }) => choices.length > 0)
      .map(
        ({ name, choices }) =>
          `    ${quote(`${path} ${name}`)}) COMPREPLY=($(compgen -W ${quote(choices.join(' '))} -- "$current")); return ;;`,
      ),
  )
  .join('\n')}
  esac
  local words=''
  case "$path" in
${words
  .map(
    ({ path, commands, options }) =>
      `    ${quote(path)}) words=${quote([...commands, ...options].map(({ name }) => name).join(' '))} ;;`,
  )
  .join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _sillage sillage
`;

const zsh = (words: readonly Word[]) => `#compdef sillage
# sillage completion for zsh
_sillage() {
  local path='' word
  for word in "\${words[@]:1:$((CURRENT-2))}"; do
    case "$path $word" in
${words
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      ${quote(` ${path}`)}|${quote(path)}) path=${quote(path)} ;;`)
  .join('\n')}
    esac
  done
  local -a found
  case "$path" in
${words
  .map(({ path, commands, options }) => {
    const items = [...commands, ...options].map(({ name, about }) =>
      quote(`${name.replaceAll(':', '\\:')}:${about}`),
    );
    return `    ${quote(path)}) found=(${items.join(' ')}) ;;`;
  })
  .join('\n')}
  esac
  _describe 'sillage' found || _files
}
if [ "$funcstack[1]" = _sillage ]; then _sillage; else compdef _sillage sillage; fi
`;

const fish = (words: readonly Word[]) =>
  `# sillage completion for fish
function __sillage_at
  set -l path
  for word in (commandline -opc)[2..-1]
    string match -q -- '-*' $word; or set -a path $word
  end
  test "$path" = "$argv"
end
${words
  .flatMap(({ path, commands, options }) => {
    const where = `complete -c sillage -n ${quote(`__sillage_at ${path}`.trim())}`;
    return [
      ...commands.map(({ name, about }) => `${where} -f -a ${quote(name)} -d ${quote(about)}`),
      ...options.map(
        ({ name, about, choices }) =>
          `${where} -l ${name.slice(2)} -d ${quote(about)}${choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : ''}`,
      ),
    ];
  })
  .join('\n')}
`;

const shells = { bash, zsh, fish } as const;
type Shell = keyof typeof shells;

export function addCompletionCommand(program: Command, { context, plain }: Kit): void {
  program
    .command('completion')
    .description('Print what makes your shell complete commands and options')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(shells)))
    .addHelpText(
      'after',
      `
Examples:
  $ source <(sillage completion bash)
  $ sillage completion zsh > "\${fpath[1]}/_sillage"
  $ sillage completion fish > ~/.config/fish/completions/sillage.fish`,
    )
    .action(
      plain(async (_context, shell: Shell) => {
        context.stdout.write(shells[shell](wordsOf(program)));
        return undefined;
      }),
    );
}
