// Writes the Python client's models from the OpenAPI document, or with --check says which are not as they would be.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '@sillage/contracts/openapi';
import { pythonModules } from './python.ts';
import type { ApiDocument } from './schema.ts';

const folder = join(import.meta.dirname, '../../../clients/python/src/sillage');
const document = openApiDocument({ version: '0' }) as ApiDocument;
for (const [name, text] of Object.entries(pythonModules(document))) {
  const path = join(folder, name);
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    console.log(`clients/python: ${name} is older than the API: run npm run python-models`);
    process.exitCode = 1;
  }
}
