import { parseArgs } from 'node:util';
import { compare } from './compare/compare.ts';
import { measureFleet } from './fleet.ts';
import { measureInference } from './inference.ts';
import { measureJobs } from './jobs.ts';
import { measureLimits } from './limits.ts';
import { measureOverload } from './overload.ts';
import { printGoals } from './report.ts';
import { measureAutoscale } from './scale/autoscale.ts';
import { measureCost } from './scale/cost.ts';
import { measureScale } from './scale/scale.ts';
import { measureSensors } from './sensors.ts';
import { measureSoak } from './soak.ts';
import { measureTensors } from './tensors.ts';

const usage = `usage: npm run bench -- [fleet | inference | limits | jobs | oip | sensors] [--rounds N] [--molecules N]
       npm run bench -- scale | autoscale | cost | overload | soak [--seconds S] [--minutes N]
       npm run bench -- inference [--only MODEL,…] [--rounds N]
       npm run bench -- compare [--quick] [--only PEER,…] [--seconds S]
       npm run bench -- sensors [--minutes N] [--devices N] [--live N]

fleet (the default) starts an embedded fleet and compares it, in one run on this machine, with its baselines:
  warm      predict from a warm cache against a bare express server that answers the same bytes
  uncached  predict of new molecules against ONNX Runtime alone on ready-made tensors in batches of 32
  memory    resident memory of the idle fleet
  start     time of a second start to ready
inference starts that service alone and measures, over gRPC, molecules a second of every model and its memory
limits starts a fleet on Redis and measures what keys, limits, quotas and usage cost a cached predict, and how many
  decisions a second two gateways share, in Redis and in Postgres
oip starts an embedded fleet and compares inference by the Open Inference Protocol, by gRPC and by REST with binary
  tensors, with ONNX Runtime alone on the same ready-made batches of 32
jobs sends a large prediction job, cancels and resumes it and kills its worker twice, and counts what is missing of
  rows and events; it needs REDIS_URL where the queue is to live in Redis

sensors starts an embedded fleet; --live devices (200) stream a reading a second and are answered, then --devices (1000)
  post one each second, both for --minutes (5): what was lost, how fast answers come, and the memory of the service
scale measures 1, 2 and 4 processes and what each part costs a request, holds a queueing model against it and goes on
  with that to 128 pods; needs Redis. autoscale plays a day with a spike against the chart's autoscalers, cost divides
  prices by rates; both take what scale measured. All three write docs/scale.md
overload sends three times the measured peak and counts what is answered, how late, and how soon all is well again;
  soak sends mixed traffic for --minutes (default 60) and looks at memory and handles of each process; both write
  docs/overload.md (soak: from 30 minutes on)

  --seconds S     of each measurement of scale and overload, 2-60 (default 10)
  --minutes N     of the soak, 1-1440; of sensors, 0.1-60
  --devices N     of sensors, and --live N, 1-1000
  --minutes N     of the soak, 1-1440
compare starts Sillage beside FastAPI, BentoML, LitServe, Ray Serve and express, beside plain sampling loops and BullMQ
  alone, and beside what the processor gives at best; it brings what they need into .venv/peers and writes
  docs/performance.md with plots

  --quick         FastAPI and express alone, in 5 minutes; writes nothing, fails where a ratio falls under its floor
  --only NAME     a peer of bench/peers, for inference a model; several with commas
  --seconds S     of one measurement, 0.5-60 (default 3, quick 1.5)
  --molecules N   of the job, 5000-1000000 (default 200000)
  --rounds N   alternations of contender and baseline, 1-6 (default 5); the median of their ratios is reported
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    molecules: { type: 'string', default: '200000' },
    seconds: { type: 'string' },
    minutes: { type: 'string' },
    devices: { type: 'string', default: '1000' },
    live: { type: 'string', default: '200' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const rounds = Number(values.rounds);
// Each round of the uncached measurement needs molecules that were not asked before.
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 6) {
  throw new Error('--rounds must be a whole number from 1 to 6');
}

const [what = 'fleet', ...rest] = positionals;
const molecules = Number(values.molecules);
if (!Number.isInteger(molecules) || molecules < 5000 || molecules > 1_000_000) {
  throw new Error('--molecules must be a whole number from 5000 to 1000000');
}
const seconds = Number(values.seconds ?? '10');
const leastSeconds = what === 'compare' ? 0.5 : 2;
if (!(seconds >= leastSeconds && seconds <= 60)) {
  throw new Error(`--seconds must be a number from ${leastSeconds} to 60`);
}
const isSensors = what === 'sensors';
const minutes = Number(values.minutes ?? (isSensors ? '5' : '60'));
const [least, most] = isSensors ? [0.1, 60] : [1, 1440];
if (!(minutes >= least && minutes <= most)) {
  throw new Error(`--minutes must be a number from ${least} to ${most}`);
}
const [devices, live] = [Number(values.devices), Number(values.live)];
if ([devices, live].some((n) => !Number.isInteger(n) || n < 1 || n > 1000)) {
  throw new Error('--devices and --live must be whole numbers from 1 to 1000');
}
const benches = {
  fleet: () => measureFleet(rounds),
  inference: () => measureInference(rounds, values.only?.split(',')),
  limits: () => measureLimits(rounds),
  jobs: () => measureJobs({ molecules, redisUrl: process.env['REDIS_URL'] }),
  oip: () => measureTensors(rounds),
  scale: () => measureScale(seconds),
  autoscale: async () => measureAutoscale(),
  cost: async () => measureCost(),
  overload: () => measureOverload(seconds),
  soak: () => measureSoak(minutes, minutes >= 30),
  sensors: () => measureSensors({ seconds: 60 * minutes, devices, live }),
};
if ((what !== 'compare' && !Object.hasOwn(benches, what)) || rest.length > 0) {
  throw new Error(
    `${positionals.join(' ')} is no bench: write ${[...Object.keys(benches), 'compare'].join(', ')}`,
  );
}
if (what === 'compare') {
  const only = values.only?.split(',');
  const isWon = await compare({
    isQuick: values.quick,
    only,
    seconds: values.seconds === undefined ? undefined : seconds,
  });
  process.exit(isWon ? 0 : 1);
}
const goals = await benches[what as keyof typeof benches]();
printGoals(goals);
process.exit(goals.every(({ isHeld }) => isHeld !== false) ? 0 : 1);
