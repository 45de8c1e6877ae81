import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { configPath, isOpenToOthers, readConfig } from '../config.ts';
import type { Context } from '../context.ts';
import { type Finding, fail, ok, reasonOf, skip, warn } from './finding.ts';

/** What the command line and the services need; the services bring their own by npm. */
const leastNode = [22, 12] as const;
const leastFreeBytes = 1024 ** 3;
const littleFreeBytes = 5 * 1024 ** 3;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]);
  if (isEnough) return ok('node', `Node ${version}`);
  const fix = `install Node ${leastNode.join('.')} or later; in a checkout \`npm run sillage -- …\` brings its own`;
  return fail('node', `Node ${version} is too old`, fix);
}

/** Whether the file with the keys can be read, and by its owner alone. */
export function checkConfigFile(env: Context['env']): Finding {
  const path = configPath(env);
  try {
    if (!existsSync(path)) return ok('config', `no profile is kept (${path})`);
    const { profiles } = readConfig(path);
    if (isOpenToOthers(path))
      return fail('config', `others can read the keys in ${path}`, `chmod 600 ${path}`);
    return ok('config', `${path}: ${Object.keys(profiles).length} profiles`);
  } catch (error) {
    return fail('config', reasonOf(error), `rm ${path} && sillage login`);
  }
}

/** Free space where data is kept. */
export async function checkDisk(folder: string): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return judgeFreeSpace(folder, bavail * bsize);
  } catch (error) {
    return skip('disk', `${folder}: ${reasonOf(error)}`);
  }
}

export function judgeFreeSpace(folder: string, bytes: number): Finding {
  const free = `${(bytes / 1024 ** 3).toFixed(1)} GiB free at ${folder}`;
  if (bytes < leastFreeBytes)
    return fail('disk', free, 'make room, or keep the data elsewhere: npm start -- --data FOLDER');
  if (bytes < littleFreeBytes) return warn('disk', free, 'make room before results and readings fill it');
  return ok('disk', free);
}

/** Whether a port is free for the fleet that is to start. */
export async function checkPort(host: string, port: number): Promise<Finding> {
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
  if (!error) return ok('port', `port ${port} is free`);
  if (error.code !== 'EADDRINUSE')
    return fail('port', `port ${port}: ${error.message}`, 'choose another: npm start -- --port 8090');
  const fix = `find it with \`ss -ltnp sport = :${port}\` and end it, or choose another: npm start -- --port 8090`;
  return fail('port', `port ${port} is taken by another program`, fix);
}
