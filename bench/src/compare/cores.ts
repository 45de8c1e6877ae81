import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Which processor cores serve and which send: neither takes time from the other unnoticed. */
export interface Cores {
  readonly server: readonly number[];
  readonly client: readonly number[];
  /** False where there is one core or no taskset: client and servers then share what there is. */
  readonly isPinned: boolean;
}

/** A quarter of the cores sends, at least one; the rest serves. */
export function shareCores(all: readonly number[]): Cores {
  if (all.length < 2) return { server: all, client: all, isPinned: false };
  const sending = Math.max(1, Math.floor(all.length / 4));
  return { server: all.slice(0, -sending), client: all.slice(-sending), isPinned: true };
}

/** The cores that this process may use, as the system says. */
export function findCores(): Cores {
  try {
    const printed = execFileSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' });
    return shareCores(parseCoreList(printed.slice(printed.lastIndexOf(':') + 1).trim()));
  } catch {
    const all = Array.from({ length: availableParallelism() }, (_, core) => core);
    return { server: all, client: all, isPinned: false };
  }
}

/** "0-2,5" is 0, 1, 2, 5. */
export function parseCoreList(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [first = Number.NaN, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, step) => first + step);
  });
}

/** The command as it runs on these cores alone. */
export function pinned(
  cores: Cores,
  side: 'server' | 'client',
  [command, ...args]: readonly [string, ...string[]],
): [string, string[]] {
  if (!cores.isPinned) return [command, args];
  return ['taskset', ['-c', cores[side].join(','), command, ...args]];
}
