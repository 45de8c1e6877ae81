import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { apiClient } from '../support/api-client.ts';

const main = join(import.meta.dirname, '../../scripts/dist/main.js');
const folders: string[] = [];
const running = new Set<ChildProcess>();

afterEach(async () => {
  for (const child of running) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }
  running.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}, 60_000);

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sillage-restart-'));
  // Postgres runs as another user when we are root, and must be able to pass through.
  chmodSync(folder, 0o755);
  folders.push(folder);
  return join(folder, 'data');
}

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly key: string;
}

/** Runs `sillage up` as a user does and reads the address and the key from what it prints. */
async function up(dataDir: string, port = 0): Promise<Started> {
  const child = spawn(
    process.execPath,
    [main, 'up', '--no-demo', '--port', String(port), '--data', dataDir],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  running.add(child);
  let output = '';
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const url = /^API\s+(\S+)/m.exec(output)?.[1];
      const key = /^Key\s+(\S+)\n/m.exec(output)?.[1];
      if (url !== undefined && key !== undefined) resolve({ child, url, key });
    });
    child.on('exit', (code) => reject(new Error(`exit ${code}: ${errors}`)));
  });
}

/** Processes whose command line or environment names this folder: the fleet's services and its Postgres. */
function processesOf(dataDir: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      const text =
        readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
      return text.includes(dataDir);
    } catch {
      return false;
    }
  });
}

async function untilNone(dataDir: string, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (processesOf(dataDir).length > 0 && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(processesOf(dataDir)).toEqual([]);
}

test('data survives a restart, and a clean stop leaves no process behind', async () => {
  const dataDir = newFolder();
  const first = await up(dataDir);
  const device = await apiClient(first.url, first.key).post('/api/v1/sensors/devices', { name: 'keeper' });
  expect(device.status).toBe(201);
  expect(processesOf(dataDir).length).toBeGreaterThan(5);
  first.child.kill('SIGINT');
  const [code] = await once(first.child, 'exit');
  expect(code).toBe(0);
  await untilNone(dataDir, 1000);

  const second = await up(dataDir);
  expect(second.key).toBe(first.key);
  const kept = await apiClient(second.url, second.key).get(`/api/v1/sensors/devices/${device.body.id}`);
  expect(kept.body.name).toBe('keeper');
}, 90_000);

test('a second fleet on the same folder, or on a port that is taken, is refused with the reason', async () => {
  const dataDir = newFolder();
  const first = await up(dataDir);
  await expect(up(dataDir)).rejects.toThrow(/already running on .* \(process \d+\)/);
  expect((await apiClient(first.url, first.key).get('/ready')).status).toBe(200);

  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await expect(up(newFolder(), port)).rejects.toThrow(new RegExp(`port ${port} is taken`));
  other.close();
}, 90_000);

test('what a crash leaves behind does not block the next start', async () => {
  const dataDir = newFolder();
  const first = await up(dataDir);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  expect(existsSync(join(dataDir, 'supervisor.pid'))).toBe(true);
  const second = await up(dataDir);
  expect(second.key).toBe(first.key);
  expect((await apiClient(second.url, second.key).get('/api/v1/keys')).status).toBe(200);
}, 90_000);
