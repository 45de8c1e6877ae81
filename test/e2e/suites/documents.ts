import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { problemSchema } from '@sillage/contracts';
import { openApiDocument, routes } from '@sillage/contracts/openapi';
import type { GetFleet } from './index.ts';

type Route = (typeof routes)[number];
const run = promisify(execFile);
const document = openApiDocument({ version: '0' }) as {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
};

const docs = join(import.meta.dirname, '../../../docs');
// What needs a cluster is run by test/cluster; Python blocks by the Python client's tests.
const guides = ['getting-started.md', ...guidesIn('tutorials'), ...guidesIn('how-to')].filter(
  (name) => !name.includes('kubernetes') && shellBlocks(readFileSync(join(docs, name), 'utf8')).length > 0,
);
function guidesIn(folder: string): string[] {
  return readdirSync(join(docs, folder)).map((name) => `${folder}/${name}`);
}

// Those of the Open Inference Protocol have golden cases of their own; a stream has no example; erasure and the rotation
// of signing keys reach into other suites.
const asked = routes.filter(
  ({ protocol, answer, status, path, method }) =>
    protocol === undefined &&
    (answer !== undefined || status === 204) &&
    !path.endsWith('/signing-keys/rotate') &&
    !(method === 'delete' && /\/(account|tenants\/\{id\})$/.test(path)),
);
// These ask for a state that a thing just made may not be in, for a client of the example's name, or for a cookie.
const mayRefuse =
  /\/(pause|resume|retry|deliveries|redeliver|calibrations|classification|token|session|admin\/jobs\/\{id\})$/;
const exampleOf = (route: Route): unknown => route.body?.meta()?.['example'];
/** The example, where it names what must be its own or be there with that. */
async function bodyOf(route: Route, { api, key }: ReturnType<GetFleet>): Promise<unknown> {
  const example = exampleOf(route) as object | undefined;
  if (route.method !== 'post') return example;
  if (route.path.endsWith('/tenants')) return { name: randomUUID() };
  if (route.path.endsWith('/session')) return { key };
  if (!route.path.endsWith('/sensors/arrays')) return example;
  const maker = routes.find((one) => one.method === 'post' && one.path.endsWith('/sensors/devices'));
  const devices: string[] = [];
  while (maker && devices.length < 2) {
    devices.push((await api.post(maker.path, exampleOf(maker))).body.id);
  }
  return { ...example, devices };
}
const named = (route: Route) => [`${route.method.toUpperCase()} ${route.path}`, route] as const;

export function documents(get: GetFleet): void {
  test('every body of the document in JSON has an example', () => {
    const without = routes.filter((route) => route.body && exampleOf(route) === undefined);
    expect(without.map(({ path }) => path)).toEqual([]);
  });

  test.each(asked.map(named))('%s: its example is answered as documented', async (_, route) => {
    const { api } = get();
    const send = async (to: Route, path: string) =>
      to.path === '/oauth/token'
        ? api.request('POST', path, new URLSearchParams(exampleOf(to) as Record<string, string>).toString(), {
            'Content-Type': 'application/x-www-form-urlencoded',
          })
        : api.request(to.method.toUpperCase(), path, await bodyOf(to, get()));
    let path = route.path;
    if (path.includes('{id}')) {
      const parent = path.slice(0, path.indexOf('/{id}')).replace(/\/admin(?=\/(keys|jobs)$)/, '');
      const maker = routes.find((one) => one.method === 'post' && one.path === parent);
      const made = maker && (await api.post(parent, await bodyOf(maker, get())));
      path = path.replace('{id}', made?.body.id ?? '00000000-0000-4000-8000-000000000000');
    }
    const { status, body } = await send(route, path);
    expect(Object.keys(document.paths[route.path]?.[route.method]?.responses ?? {})).toContain(
      String(status),
    );
    if (!mayRefuse.test(route.path)) expect(status).toBe(route.status ?? 200);
    if (status === 204) return;
    const form = status < 300 ? route.answer : (route.errorForms?.[status as 400] ?? problemSchema);
    expect(form?.safeParse(body).error).toBeUndefined();
  });

  test.each(guides)(
    'every command of docs/%s runs, and prints what it says it does',
    async (name) => {
      const { api, key } = get();
      const guide = readFileSync(join(docs, name), 'utf8');
      // A fleet is what the one under test stands for; the rest runs in one shell, as a reader's would.
      const commands = shellBlocks(guide).filter(({ command }) => command !== 'npm start\n');
      const script = commands.map(({ command }) => `${command}echo '--8<--'\n`);
      const folder = await mkdtemp(join(tmpdir(), 'sillage-guide-'));
      try {
        const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script.join('')], {
          env: { ...process.env, SILLAGE: api.url, KEY: key },
          cwd: folder,
          timeout: 50_000,
        });
        const printed = stdout.split('--8<--\n');
        for (const [index, { command, expected }] of commands.entries()) {
          expect({ command, printed: printed[index] }).toEqual({
            command,
            printed: expected ?? printed[index],
          });
          expect(printed[index]).not.toContain('/problems#');
        }
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    60_000,
  );
}

/** Shell blocks of a guide, each with what it is said to print, where that is said. */
function shellBlocks(guide: string): { command: string; expected: string | undefined }[] {
  return [...guide.matchAll(/^```sh\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?/gms)].map(
    ([, command = '', expected]) => ({ command, expected }),
  );
}
