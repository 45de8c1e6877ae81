import { expect, test } from '@jest/globals';
import { openApiDocument } from '@sillage/contracts/openapi';
import { type ApiDocument, referencePages } from './reference.ts';

const document = openApiDocument({ version: '1.2.3' }) as ApiDocument;
const pages = referencePages(document);

test('every route has its place, and every schema', () => {
  const all = Object.values(pages).join('\n');
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { operationId }] of Object.entries(methods)) {
      expect(all).toContain(`{#${operationId}}`);
      expect(pages['index.md']).toContain(`\`${method.toUpperCase()} ${path}\``);
    }
  }
  for (const name of Object.keys(document.components.schemas)) {
    expect(pages['schemas.md']).toContain(`## ${name} {#`);
  }
});

test('a route tells its parameters with bounds, its example as a command, and its errors', () => {
  expect(pages['predict.md']).toContain('1 to 138. Default `5`.');
  expect(pages['predict.md']).toContain(
    '-d \'{"smiles":"COc1cc(C=O)ccc1O","top_k":3,"include":["similar"]}\'',
  );
  expect(pages['sensors.md']).toMatch(/\| `id`, required \| path \| string \|/);
  expect(pages['jobs.md']).toMatch(/\| 409 \| .+ \|/);
});
