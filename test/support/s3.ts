import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface TestS3 {
  /** Variables of a service, and of the AWS SDK, that keeps results in a bucket of this server. */
  readonly env: Readonly<Record<string, string>>;
  stop: () => Promise<void>;
}

const bucket = 'sillage-test';
const startTimeoutMs = 20_000;

/** A server that speaks S3, in memory, on a free port: moto's, from PyPI (`pip install 'moto[server,s3]'`). */
export async function startTestS3(): Promise<TestS3> {
  const command = process.env['SILLAGE_S3_SERVER'];
  if (!command) throw new Error('these tests need SILLAGE_S3_SERVER, the path of moto_server');
  const port = await freePort();
  const child = spawn(command, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const made = await fetch(`${url}/${bucket}`, { method: 'PUT', signal: AbortSignal.timeout(5000) }).catch(
      () => undefined,
    );
    if (made?.ok) break;
    if (Date.now() > deadline || child.exitCode !== null) {
      await stop();
      throw new Error(`${command} did not start`);
    }
    await delay(100);
  }
  const env = {
    RESULTS_S3_BUCKET: bucket,
    RESULTS_S3_PREFIX: 'tests/',
    RESULTS_S3_ENDPOINT: url,
    RESULTS_S3_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  return { env, stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}
