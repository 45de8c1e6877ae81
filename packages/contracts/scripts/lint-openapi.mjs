// Lints the OpenAPI document that the build makes, offline: one finding fails.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { openApiDocument } from '../dist/http/openapi.js';

const folder = join(import.meta.dirname, '..');
const file = join(folder, 'dist', 'openapi.json');
writeFileSync(file, `${JSON.stringify(openApiDocument({ version: '0.0.0' }), null, 2)}\n`);
const redocly = dirname(
  createRequire(join(folder, '../../package.json')).resolve('@redocly/cli/package.json'),
);
const { status } = spawnSync(
  process.execPath,
  [join(redocly, 'bin/cli.js'), 'lint', file, '--config', join(folder, 'redocly.yaml')],
  {
    stdio: 'inherit',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  },
);
process.exit(status ?? 1);
