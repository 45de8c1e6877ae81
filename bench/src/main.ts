import { parseArgs } from 'node:util';
import { measureFleet } from './fleet.ts';
import { measureInference } from './inference.ts';
import { measureJobs } from './jobs.ts';
import { measureLimits } from './limits.ts';
import { printGoals } from './report.ts';
import { measureTensors } from './tensors.ts';

const usage = `usage: npm run bench -- [fleet | inference | limits | jobs | oip] [--rounds N] [--molecules N]

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

  --molecules N   of the job, 5000-1000000 (default 200000)
  --rounds N   alternations of contender and baseline, 1-6 (default 5); the median of their ratios is reported
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    molecules: { type: 'string', default: '200000' },
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
const benches = {
  fleet: () => measureFleet(rounds),
  inference: () => measureInference(rounds),
  limits: () => measureLimits(rounds),
  jobs: () => measureJobs({ molecules, redisUrl: process.env['REDIS_URL'] }),
  oip: () => measureTensors(rounds),
};
if (!Object.hasOwn(benches, what) || rest.length > 0) {
  throw new Error(`${positionals.join(' ')} is no bench: write ${Object.keys(benches).join(', ')}`);
}
const goals = await benches[what as keyof typeof benches]();
printGoals(goals);
process.exit(goals.every(({ isHeld }) => isHeld !== false) ? 0 : 1);
