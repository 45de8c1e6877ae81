import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { badInput } from './cases/bad-input.ts';
import { edges } from './cases/edges.ts';
import { faults } from './cases/faults.ts';
import { install } from './cases/install.ts';
import { recovery } from './cases/recovery.ts';
import { goingBack, rolling, rollOne } from './cases/rolling.ts';
import { queueScaling, scaling } from './cases/scaling.ts';
import { deleteNamespace, namespace } from './fleet.ts';
import { Report } from './report.ts';
import { output, root } from './shell.ts';

const all = {
  install,
  rolling,
  'going-back': goingBack,
  scaling,
  queue: queueScaling,
  edges,
  faults,
  recovery,
  'bad-input': badInput,
} as const;
const cases = { ...all, 'roll-one': rollOne } as const;
type CaseName = keyof typeof cases;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string', default: join(root, 'test/cluster/report.json') },
    keep: { type: 'boolean', default: false },
    installed: { type: 'boolean', default: false },
  },
});
const unknown = positionals.filter((name) => !Object.hasOwn(cases, name));
if (unknown.length > 0) {
  process.stderr.write(`there is no case ${unknown.join(', ')}; cases: ${Object.keys(cases).join(', ')}\n`);
  process.exit(2);
}
// Whatever is asked for needs an installation.
const names = (positionals.length === 0 ? Object.keys(all) : positionals) as CaseName[];
const wanted = [...new Set<CaseName>(values.installed ? names : ['install', ...names])];

const started = performance.now();
const report = new Report();
const version = JSON.parse(await output('kubectl', ['version', '-o', 'json'])) as {
  serverVersion: { gitVersion: string };
};
console.log(`Kubernetes ${version.serverVersion.gitVersion}: ${wanted.join(', ')}`);
for (const name of wanted) await report.case(name, () => cases[name](report));
if (!values.keep) {
  await deleteNamespace(namespace);
}
const minutes = Math.round((performance.now() - started) / 6000) / 10;
report.write(values.json, { kubernetes: version.serverVersion.gitVersion, minutes });
console.log(`${minutes} min; what was measured is in ${values.json}`);
console.log(`${report.passed} passed, ${report.failed} failed`);
process.exit(report.failed === 0 ? 0 : 1);
