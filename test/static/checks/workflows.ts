#!/usr/bin/env node
// The workflows: actionlint and zizmor find nothing, actions are pinned, and what they run is there.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { filesBelow, read, root } from '../src/repository.ts';
import { differences, Tally } from '../src/tally.ts';
import { need } from '../src/tools.ts';

const stepSchema = z.looseObject({ run: z.string().optional(), shell: z.string().optional() });
const jobSchema = z.looseObject({
  steps: z.array(stepSchema).default([]),
  strategy: z.looseObject({ matrix: z.record(z.string(), z.unknown()).default({}) }).optional(),
});
const workflowSchema = z.looseObject({ jobs: z.record(z.string(), jobSchema) });
const actionSchema = z.looseObject({ runs: z.looseObject({ steps: z.array(stepSchema) }) });

const tally = new Tally();
need('actionlint', 'shellcheck', 'zizmor');
const found = (command: string, args: readonly string[]) => {
  const run = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (run.error) throw run.error;
  return run.status === 0 ? [] : [`${run.stdout}${run.stderr}`.trim()];
};

const workflows = filesBelow('.github/workflows', /\.ya?ml$/);
const actions = filesBelow('.github/actions', /^action\.ya?ml$/);
for (const path of workflows) tally.expect(`actionlint ${path}`, found('actionlint', ['-no-color', path]));
tally.expect(
  'zizmor, to its last opinion',
  found('zizmor', ['--offline', '--quiet', '--no-progress', '--persona', 'auditor', '.github']),
);

// actionlint does not look into composite actions.
const scratch = mkdtempSync(join(tmpdir(), 'workflows-'));
for (const path of actions) {
  for (const [index, step] of actionSchema.parse(parse(read(path))).runs.steps.entries()) {
    if (step.run === undefined) continue;
    const file = join(scratch, `${index}.sh`);
    writeFileSync(file, `#!/usr/bin/env ${step.shell ?? 'bash'}\nset -eo pipefail\n${step.run}`);
    tally.expect(`shellcheck ${path}, step ${index + 1}`, found('shellcheck', [file]));
  }
}
rmSync(scratch, { recursive: true });

const pins = new Map<string, string>();
for (const path of [...workflows, ...actions]) {
  const problems: string[] = [];
  for (const [, target = '', comment = ''] of read(path).matchAll(/uses: (\S+)(.*)$/gm)) {
    if (target.startsWith('./')) {
      if (!existsSync(join(root, target))) problems.push(`${target} is not there`);
      continue;
    }
    const [name = '', version = ''] = target.split('@');
    const owner = name.split('/').slice(0, 2).join('/');
    const pin = `${version}${comment}`;
    if (!/^[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(pin)) {
      problems.push(`${target}: pin it as OWNER/NAME@COMMIT # v1.2.3`);
    }
    const other = pins.get(owner);
    if (other !== undefined && other !== pin) problems.push(`${owner} is pinned elsewhere to ${other}`);
    pins.set(owner, pin);
  }
  tally.expect(`${path}: actions are pinned to commits, each to one`, problems);
}

const steps = new Set([...read('.ci/run').matchAll(/^([a-z0-9]+)\(\) \{/gm)].map(([, name = '']) => name));
for (const path of [...workflows, ...actions]) {
  const problems: string[] = [];
  const text = read(path).replace(/^ *#.*$/gm, '');
  for (const [, command = ''] of text.matchAll(/(?:^|[\s"])((?:scripts|test|\.ci)\/[\w/.-]+)(?=["\s]|$)/gm)) {
    const executable = command.endsWith('.txt') ? constants.R_OK : constants.X_OK;
    try {
      accessSync(join(root, command), executable);
    } catch {
      problems.push(`${command} is not there, or cannot be run`);
    }
  }
  for (const [, name = ''] of text.matchAll(/\.ci\/run ([a-z]\w*)/g)) {
    if (!steps.has(name)) problems.push(`.ci/run has no step ${name}`);
  }
  tally.expect(`${path}: what it runs is there`, problems);
}

if (existsSync(join(root, 'Dockerfile'))) {
  const targets = [...read('Dockerfile').matchAll(/^FROM .* AS (\S+)/gim)].map(([, name = '']) => name);
  for (const path of workflows) {
    for (const [job, { strategy }] of Object.entries(workflowSchema.parse(parse(read(path))).jobs)) {
      const asked = z.array(z.string()).optional().parse(strategy?.matrix['target']);
      if (!asked) continue;
      tally.expect(
        `${path}: images of ${job}`,
        asked.filter((name) => !targets.includes(name)).map((name) => `Dockerfile has no target ${name}`),
      );
    }
  }
}

const { version } = z.object({ version: z.string() }).parse(JSON.parse(read('package.json')));
const sections = [...read('CHANGELOG.md').matchAll(/^## \[([^\]]+)\]/gm)].map(([, name = '']) => name);
tally.expect('the notes of this version are printed', found('scripts/release-notes', [version]));
tally.expect(
  'a version that nobody has written of is refused',
  found('scripts/release-notes', ['999.0.0']).length === 0 ? ['it was taken'] : [],
);
tally.expect(
  'CHANGELOG.md is in order, newest first, each version once',
  differences(
    { what: 'CHANGELOG.md', names: sections.map((name, index) => `${index + 1}. ${name}`) },
    {
      what: 'order',
      names: ['Unreleased', ...sections.filter((name) => name !== 'Unreleased').sort(newestFirst)].map(
        (name, index) => `${index + 1}. ${name}`,
      ),
    },
  ),
);
tally.finish();

function newestFirst(a: string, b: string): number {
  return b.localeCompare(a, 'en', { numeric: true });
}
