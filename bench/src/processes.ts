import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Processor time a process has used, user and system, seconds (Linux). */
export function cpuSeconds(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold blanks; the times are the 12th and 13th field after it, in hundredths.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Processor time of a process and all that came from it, as long as they run. */
export function familyCpuSeconds(root: number): number {
  return familyOf(root).reduce((sum, pid) => {
    try {
      return sum + cpuSeconds(pid);
    } catch {
      // It ended while we looked.
      return sum;
    }
  }, 0);
}

/** A process and all that came from it. */
export function familyOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // The process ended while we looked.
    }
  }
  const found: number[] = [];
  const pending = [root];
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    found.push(pid);
    pending.push(...(children.get(pid) ?? []));
  }
  return found;
}

/** Keeps a process, all its threads, on these cores. False where the machine has no taskset. */
export function pin(pid: number | undefined, cores: readonly number[]): boolean {
  if (pid === undefined) return false;
  return spawnSync('taskset', ['-acp', cores.join(','), String(pid)]).status === 0;
}

/** Resident memory, kilobytes, and open file descriptors. */
export function holdings(pid: number): { readonly rssKb: number; readonly handles: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const rssKb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  return { rssKb, handles: readdirSync(`/proc/${pid}/fd`).length };
}
