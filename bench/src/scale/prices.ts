import { parse } from 'yaml';
import { z } from 'zod';
import { readData } from '../pages.ts';

const offerSchema = z.strictObject({
  provider: z.string(),
  instance: z.string(),
  region: z.string(),
  vcpu: z.int().positive(),
  gpu: z.int().nonnegative(),
  gpuName: z.string().optional(),
  usdPerHour: z.number().positive(),
  date: z.union([z.string(), z.date()]).transform(String),
  source: z.url(),
});
export type Offer = z.infer<typeof offerSchema>;

/** bench/data/prices.yaml. */
export function readPrices(): readonly Offer[] {
  const data: unknown = parse(readData('bench/data/prices.yaml'));
  return z.strictObject({ instances: z.array(offerSchema).min(1) }).parse(data).instances;
}

/** What a virtual CPU of the cheapest offer without a GPU costs an hour, US dollars. */
export function cheapestCpuHour(): { readonly usd: number; readonly offer: Offer } {
  const [offer] = readPrices()
    .filter(({ gpu }) => gpu === 0)
    .sort((a, b) => a.usdPerHour / a.vcpu - b.usdPerHour / b.vcpu);
  if (offer === undefined) throw new Error('bench/data/prices.yaml has no offer without a GPU');
  return { usd: offer.usdPerHour / offer.vcpu, offer };
}
