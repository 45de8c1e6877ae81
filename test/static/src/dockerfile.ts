/** One instruction of a Dockerfile, its lines joined. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  /** An image, or the name of another stage. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  /** ARG before the first FROM, with their defaults. */
  readonly args: Readonly<Record<string, string>>;
  readonly stages: readonly Stage[];
}

/** Reads what our own Dockerfile uses of the format: comments, continued lines, stages. */
export function parseDockerfile(text: string): Dockerfile {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  const args: Record<string, string> = {};
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name, rest = ''] = /^\s*([A-Z]+)\s+(.*\S)\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (name === 'FROM') {
      const [, from = '', stage = ''] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(rest) ?? [];
      stages.push({ name: stage, from, instructions: [] });
    } else if (stages.length === 0) {
      const [, argument, value = ''] = /^(\w+)=?(.*)$/.exec(rest) ?? [];
      if (name === 'ARG' && argument !== undefined) args[argument] = value;
    } else {
      stages.at(-1)?.instructions.push({ name, text: rest });
    }
  }
  return { args, stages };
}

/** A stage's instructions with those of the stages it stands on, lowest first, and the image below them all. */
export function wholeStage(
  file: Dockerfile,
  name: string,
): { readonly image: string; readonly instructions: readonly Instruction[] } {
  const stage = file.stages.find((one) => one.name === name);
  if (stage === undefined) throw new Error(`no stage ${name}`);
  const below = file.stages.some((one) => one.name === stage.from);
  if (!below) {
    const image = stage.from.replaceAll(/\$\{(\w+)\}/g, (_, argument: string) => file.args[argument] ?? '');
    return { image, instructions: stage.instructions };
  }
  const lower = wholeStage(file, stage.from);
  return { image: lower.image, instructions: [...lower.instructions, ...stage.instructions] };
}

/** Variables that ENV sets. */
export function variables(instructions: readonly Instruction[]): Record<string, string> {
  const pairs = instructions
    .filter(({ name }) => name === 'ENV')
    .flatMap(({ text }) => [...text.matchAll(/(\w+)=("[^"]*"|\S+)/g)]);
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value.replaceAll('"', '')]));
}

/** A tag that names a version, or a digest; such as node:24-bookworm-slim. */
export function isPinned(image: string): boolean {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return true;
  const tag = /:([\w.-]+)$/.exec(image)?.[1];
  return tag !== undefined && tag !== 'latest' && /\d/.test(tag);
}
