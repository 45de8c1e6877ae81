import { table, writeFigures } from '../pages.ts';
import type { Goal } from '../report.ts';
import { readMeasured } from './measured.ts';
import { readPrices } from './prices.ts';

/** Of its processor a fleet should use so much on the mean, so that peaks find room. */
const used = 0.6;
const million = 1_000_000;

/** What a million answers cost on each offer of the price table, from the rates that `bench scale` measured. */
export function measureCost(): Goal[] {
  const { inference, fleet, generatedPerS, taken } = readMeasured();
  const moleculeMs = 1000 / inference.peakPerS;
  const aroundMs = fleet.gatewayMs + fleet.redisMs + fleet.postgresMs + fleet.authMs;
  /** Core milliseconds of each thing that is sold. */
  const works = {
    'predictions, one molecule a request': moleculeMs + inference.rpcMs + aroundMs,
    'predictions from the cache': fleet.cachedMs + fleet.redisMs + fleet.authMs,
    'molecules in requests of 8': moleculeMs + aroundMs / inference.moleculesPerRequest,
    'molecules generated and scored': 1000 / generatedPerS,
  };
  const names = Object.keys(works);
  const offers = readPrices().filter(({ gpu }) => gpu === 0);
  const usd = (ms: number, usdPerCoreHour: number) => ((ms * million) / 3_600_000 / used) * usdPerCoreHour;
  const rows = offers.map((offer) => [
    `${offer.provider} ${offer.instance}`,
    offer.usdPerHour.toFixed(4),
    ...Object.values(works).map((ms) => usd(ms, offer.usdPerHour / offer.vcpu).toFixed(3)),
    `[${offer.date.slice(0, 10)}](${offer.source})`,
  ]);
  const gpus = readPrices().filter(({ gpu }) => gpu > 0);
  const [cheapest] = offers.map(({ usdPerHour, vcpu }) => usdPerHour / vcpu).sort((a, b) => a - b);
  const perHour = inference.peakPerS * used * 3600;
  const gpuRows = gpus.map(({ provider, instance, gpuName, usdPerHour, vcpu, date, source }) => [
    `${provider} ${instance}`,
    gpuName ?? '',
    usdPerHour.toFixed(4),
    ((usdPerHour / (cheapest ?? 1)) * inference.peakPerS).toFixed(0),
    usd(moleculeMs, usdPerHour / vcpu).toFixed(3),
    `[${date.slice(0, 10)}](${source})`,
  ]);
  const text = [
    `US dollars for a million, with processors ${used * 100} % busy. Rates: ${taken}; a core predicts ${inference.peakPerS.toFixed(0)} new molecules a second and generates ${generatedPerS.toFixed(0)} scored ones.`,
    table(['offer', 'USD an hour', ...names, 'price as of'], rows),
    'Machines with a GPU. The rate on a GPU has not been measured here, so what is shown is what it has to be: so many molecules a second that the machine costs as much for each as the cheapest offer without one; and the cost when its CPUs alone work.',
    table(
      [
        'offer',
        'GPU',
        'USD an hour',
        'molecules/s to break even',
        'USD a million by its CPUs',
        'price as of',
      ],
      gpuRows,
    ),
  ].join('\n\n');
  writeFigures('docs/scale.md', 'npm run bench -- cost', text);
  return Object.entries(works).map(([name, ms]) => ({
    name: `a million ${name}`.slice(0, 46),
    unit: 'USD',
    value: usd(ms, cheapest ?? 0),
    detail: `${((ms * million) / 3_600_000).toFixed(2)} core hours; a core predicts ${(perHour / used / million).toFixed(1)} million molecules an hour`,
  }));
}
