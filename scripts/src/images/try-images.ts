import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { authService } from '@sillage/contracts';
import { GrpcClient } from '@sillage/kit';
import { createKey } from '../credentials.ts';
import { askThreeQuestions } from '../demo.ts';
import { freePorts } from '../fleet/fleet.ts';
import { startPostgres } from '../fleet/postgres.ts';
import { findRedis, redisAdvice } from '../tools/redis.ts';
import { Container } from './oci-container.ts';

const usage = `usage: npm run sillage -- try-images [options]

Runs the images as pods of the restricted profile would run them (their own user, a read-only root, no capability),
each by runc with a Postgres and a Redis of this machine: migrations, time from process to ready, the three questions
through the gateway, memory, and a clean stop. Needs root, buildah, runc and redis-server.

  --tag TAG      (default dev)
  --prefix NAME  (default sillage)
`;

const services = ['auth', 'inference', 'sensors', 'worker', 'gateway'] as const;
type Name = (typeof services)[number];
const migrating: readonly Name[] = ['auth', 'sensors', 'gateway'];
const longestStartMs = 60_000;

/** `sillage try-images`: throws when an image does not do what it is for. */
export async function tryImages(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tag: { type: 'string', default: 'dev' },
      prefix: { type: 'string', default: 'sillage' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const print = (text: string) => process.stdout.write(text);
  const image = (name: Name) => `${values.prefix}/${name}:${values.tag}`;
  await using cleanup = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'sillage-images-'));
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));

  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), port: 0, durable: false });
  cleanup.defer(() => postgres.stop());
  const [redisPort, ...ports] = await freePorts(1 + 5 + services.length);
  const [http, openInference, auth, inference, sensors, ...ops] = ports;
  cleanup.defer(await startRedis(String(redisPort)));

  const common = {
    ENVIRONMENT: 'production',
    DATABASE_URL: postgres.url,
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    ENCRYPTION_KEY: '7'.repeat(64),
    AUTH_TARGET: `dns:///127.0.0.1:${auth}`,
    INFERENCE_TARGET: `dns:///127.0.0.1:${inference}`,
    SENSORS_TARGET: `dns:///127.0.0.1:${sensors}`,
    RESULTS_DIR: '/results',
    CACHE_DIR: '/cache',
    PORT: String(http),
  };
  const grpcPorts: Partial<Record<Name, number | undefined>> = {
    auth,
    inference,
    sensors,
    gateway: openInference,
  };
  const start = (name: Name, command: readonly string[] = []) => {
    const container = Container.start({
      image: image(name),
      args: command,
      env: {
        ...common,
        GRPC_PORT: String(grpcPorts[name] ?? 0),
        METRICS_PORT: String(ops[services.indexOf(name)] ?? 0),
        MIGRATE_ON_START: 'false',
      },
      volumes: { '/results': join(folder, 'results'), '/cache': join(folder, 'cache') },
    });
    cleanup.defer(async () => {
      await container.stop();
      container.remove();
    });
    return container;
  };

  for (const name of migrating) {
    const container = start(name, ['migrate']);
    const [code] = await once(container.process, 'exit');
    if (code !== 0) throw new Error(`${name} migrate ended with ${code}\n${container.output}`);
    print(`${name} migrate: done\n`);
  }
  const running = new Map<Name, Container>();
  for (const name of services) {
    const container = start(name);
    running.set(name, container);
    const ms = await untilReady(container, `http://127.0.0.1:${ops[services.indexOf(name)]}/health/ready`);
    const { cpuSeconds } = container.usage();
    print(
      `${name.padEnd(10)} ready after ${(ms / 1000).toFixed(2)} s, having used ${cpuSeconds.toFixed(2)} s of CPU\n`,
    );
  }
  print('\n');
  const client = new GrpcClient({
    definition: authService,
    target: `127.0.0.1:${auth}`,
    peer: 'auth',
    timeoutMs: 5000,
  });
  cleanup.defer(() => client.close());
  await askThreeQuestions({ url: `http://127.0.0.1:${http}`, key: await createKey(client), print });
  for (const name of services.toReversed()) {
    const container = running.get(name);
    const memory = container?.usage().memoryMb;
    const code = await container?.stop();
    if (code !== 0) throw new Error(`${name} stopped with ${code}\n${container?.output}`);
    print(`${name.padEnd(10)} ${memory} MB, stopped cleanly\n`);
  }
  return 0;
}

/** Milliseconds from the start of the process until it says that it is ready. */
async function untilReady(container: Container, url: string): Promise<number> {
  while (performance.now() - container.startedAt < longestStartMs) {
    if (container.process.exitCode !== null) break;
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return performance.now() - container.startedAt;
    await delay(20);
  }
  throw new Error(`${url} was never ready\n${container.output}`);
}

async function startRedis(port: string): Promise<() => Promise<void>> {
  const command = findRedis();
  if (command === undefined) throw new Error(redisAdvice);
  const child = spawn(command, ['--port', port, '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' });
  return async () => {
    const exited = once(child, 'exit');
    child.kill();
    await exited;
  };
}
