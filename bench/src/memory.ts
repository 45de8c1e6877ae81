import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fleet } from '@sillage/fleet';
import type { Goal } from './report.ts';

/** Idle means idle: database connections that started up the services are closed after 30 s without work. */
const settleMs = 45_000;

/**
 * Resident memory of every process of the idle fleet, this supervisor left out. Pages that several processes share
 * (Postgres buffers, the Node binary) are counted once: the sum of Pss of /proc/PID/smaps_rollup.
 */
export async function measureMemory(fleet: Fleet): Promise<Goal[]> {
  if (!existsSync('/proc/self/smaps_rollup')) return [];
  await delay(settleMs);
  const services = Object.values(fleet.processes).map(({ name, pid }) => ({ name, pids: pid ? [pid] : [] }));
  const postgres = fleet.postgres ? descendants(fleet.postgres.pid) : [];
  const parts = [...services, { name: 'postgres', pids: postgres }].map(({ name, pids }) => ({
    name,
    pss: total(pids, 'Pss'),
    rss: total(pids, 'Rss'),
  }));
  const sum = (key: 'pss' | 'rss') => parts.reduce((all, part) => all + part[key], 0);
  const detail = parts.map(({ name, pss }) => `${name} ${pss.toFixed(0)}`).join(', ');
  return [
    { name: 'idle fleet, resident', unit: 'MB', value: sum('pss'), atMost: 900, detail },
    { name: 'idle fleet, shared pages repeated', unit: 'MB', value: sum('rss') },
  ];
}

function total(pids: readonly number[], field: 'Pss' | 'Rss'): number {
  let kilobytes = 0;
  for (const pid of pids) {
    const match = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(
      new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'),
    );
    kilobytes += Number(match?.[1] ?? 0);
  }
  return kilobytes / 1024;
}

function descendants(root: number): number[] {
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
