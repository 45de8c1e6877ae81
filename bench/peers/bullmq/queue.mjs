// BullMQ bare on Redis: `queue.mjs SECONDS`, REDIS_URL. So many producers add one job after another, a worker takes them.
// Prints {"added": jobs, "done": jobs, "seconds": time} as JSON. https://docs.bullmq.io/guide/going-to-production
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

const producers = 32;
const connection = () => new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
const queue = new Queue('bare', { connection: connection() });
let done = 0;
const worker = new Worker(
  'bare',
  async () => {
    done += 1;
  },
  { connection: connection(), concurrency: 16, removeOnComplete: { count: 0 } },
);
await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
const seconds = Number(process.argv[2]);
const started = performance.now();
const payload = { smiles: ['COc1cc(C=O)ccc1O'] };
let added = 0;
await Promise.all(
  Array.from({ length: producers }, async () => {
    while (performance.now() - started < seconds * 1000) {
      await queue.add('predict', payload);
      added += 1;
    }
  }),
);
const took = (performance.now() - started) / 1000;
console.log(JSON.stringify({ added, done, seconds: took }));
process.exit();
