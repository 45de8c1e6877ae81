import { env } from '@sillage/kit';
import { z } from 'zod';

/** One pool of inference: where its pods are found, and its share of what other pools serve too. */
export interface PoolTarget {
  /** How the pool is called in metrics and in /ready: its target without the scheme. */
  readonly name: string;
  /** gRPC target: host:port, or dns:///host:port; a name with several addresses is balanced round robin. */
  readonly target: string;
  /** 0: only what no other pool serves. */
  readonly weight: number;
}

const maxPools = 32;
const maxWeight = 1000;
const usualWeight = 100;

/** `target` or `target=weight`, several by commas. @throws Error that says what is wrong with which. */
export function parseTargets(text: string): readonly PoolTarget[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
  if (entries.length === 0 || entries.length > maxPools)
    throw new Error(`must name 1 to ${maxPools} targets`);
  const pools = entries.map((entry): PoolTarget => {
    const [target = '', weight, ...rest] = entry.split('=');
    const share = weight === undefined ? usualWeight : /^\d{1,4}$/.test(weight) ? Number(weight) : Number.NaN;
    if (rest.length > 0 || !(share <= maxWeight)) {
      throw new Error(
        `${entry}: the weight must be a whole number from 0 to ${maxWeight}, as in host:port=100`,
      );
    }
    if (!/^(dns:\/\/\/|ipv4:|ipv6:)?[^\s/]+:\d{1,5}$/.test(target)) {
      throw new Error(`${target || entry}: must be host:port or dns:///host:port`);
    }
    return { name: target.replace(/^(dns:\/\/\/|ipv[46]:)/, ''), target, weight: share };
  });
  const twice = pools.find(({ name }, index) => pools.findIndex((pool) => pool.name === name) !== index);
  if (twice) throw new Error(`${twice.name} is named twice`);
  return pools;
}

/** A variable that names pools. */
export function poolTargets(what: string) {
  return env
    .text(`host:port of ${what}, or of several pools of it as host:port=weight,…`)
    .transform((text, context) => {
      try {
        return parseTargets(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
        return z.NEVER;
      }
    });
}
