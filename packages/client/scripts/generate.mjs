// The types of the API, written from the OpenAPI document that the gateway serves; done only when that changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { openApiDocument } from '../../contracts/dist/http/openapi.js';
import { apiVersion } from '../../contracts/dist/http/version.js';

const folder = new URL('../src/generated/', import.meta.url);
const file = new URL('api.ts', folder);
const document = openApiDocument({ version: apiVersion });
// Errors have one form, whatever the route: what is said of them route by route would be two thirds of the file.
for (const operations of Object.values(document.paths)) {
  for (const operation of Object.values(operations)) {
    for (const status of Object.keys(operation.responses))
      if (status >= '300') delete operation.responses[status];
    for (const response of Object.values(operation.responses)) {
      delete response.headers;
      delete response.links;
    }
    operation.parameters = operation.parameters?.filter((parameter) => parameter.in !== 'header');
  }
}
const stamp = createHash('sha256').update(JSON.stringify(document)).digest('hex');
const header = `// Made by scripts/generate.mjs from the OpenAPI document ${stamp}.\n`;

if (!existsSync(file) || !readFileSync(file, 'utf8').startsWith(header)) {
  const { default: openapiTypescript, astToString } = await import('openapi-typescript');
  // What has a default may be left out of a request.
  const types = await openapiTypescript(document, { defaultNonNullable: false });
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    file,
    `${header}${astToString(types)}
/** Version of the API that this client was made for. */
export const apiVersion = ${JSON.stringify(apiVersion)};
`,
  );
}
