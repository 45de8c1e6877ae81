import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { read, root } from './repository.ts';

export const chart = join(root, 'charts/sillage');

/** A rendered object, as far as every kind has it. */
export const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
});
export type KubernetesObject = z.output<typeof objectSchema>;

/** One values file of charts/sillage/ci with the environments' values that its first line names. */
export interface Scenario {
  readonly name: string;
  readonly files: readonly string[];
}

/** Every scenario, by name. */
export function scenarios(): Scenario[] {
  return readdirSync(join(chart, 'ci'))
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const [, names] = /^# with:(.*)\n/.exec(read(join('charts/sillage/ci', file))) ?? [];
      if (names === undefined) throw new Error(`ci/${file}: the first line is to be "# with: ENVIRONMENT …"`);
      const environments = names.split(' ').filter(Boolean);
      return {
        name: file.slice(0, -'.yaml'.length),
        files: [...environments.map((name) => join(chart, `values-${name}.yaml`)), join(chart, 'ci', file)],
      };
    });
}

export interface Rendering {
  readonly ok: boolean;
  readonly text: string;
  readonly error: string;
  /** CPU time that Helm took: what the machine does beside does not count. */
  readonly cpuSeconds: number;
}

/** `helm template` with these values files and arguments. */
export function render(files: readonly string[], args: readonly string[] = []): Rendering {
  const before = childSeconds();
  const { status, stdout, stderr } = helm([
    ...['template', 'sillage', chart, '--namespace', 'sillage'],
    ...files.flatMap((file) => ['--values', file]),
    ...args,
  ]);
  return { ok: status === 0, text: stdout, error: stderr, cpuSeconds: childSeconds() - before };
}

/** CPU time of the processes that this one has waited for; where there is no /proc, the time of day. */
function childSeconds(): number {
  if (!existsSync('/proc/self/stat')) return performance.now() / 1000;
  // Behind the name in parentheses, which may hold anything: cutime and cstime in hundredths.
  const [user, system] =
    readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ').slice(13, 15) ?? [];
  return (Number(user) + Number(system)) / 100;
}

/** Runs Helm; its state lies nowhere. */
export function helm(args: readonly string[]): { status: number; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('helm', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  return { status: status ?? 1, stdout: stdout ?? '', stderr: stderr ?? 'helm cannot be run' };
}

/** The objects of a rendering. */
export function objectsOf(text: string): KubernetesObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter((value) => value !== null)
    .map((value) => objectSchema.parse(value));
}
