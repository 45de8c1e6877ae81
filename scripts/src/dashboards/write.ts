// Writes the dashboards into charts/sillage/files/dashboards, or with --check says which are not as they would be.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { api } from './api.ts';
import { business } from './business.ts';
import { dashboard } from './dashboard.ts';
import { infrastructure } from './infrastructure.ts';
import { overview } from './overview.ts';

const folder = join(import.meta.dirname, '../../../charts/sillage/files/dashboards');
for (const spec of [overview, api, infrastructure, business]) {
  const path = join(folder, `${spec.name}.json`);
  const text = `${JSON.stringify(dashboard(spec), null, 2)}\n`;
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    console.log(`${spec.name}.json is old: run pnpm dashboards`);
    process.exitCode = 1;
  }
}
