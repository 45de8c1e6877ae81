import { expect, test } from '@jest/globals';
import { documentedRoutes, openApiDocument } from './openapi.ts';

const document = openApiDocument({ version: '1.2.3' }) as {
  openapi: string;
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
  components: {
    schemas: Record<string, { properties?: Record<string, object>; additionalProperties?: unknown }>;
  };
};

test('the document is OpenAPI 3.1 and has every route once', () => {
  expect(document.openapi).toBe('3.1.0');
  const served = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(served.sort()).toEqual(documentedRoutes().sort());
});

test('limits and defaults of the schemas are in the document', () => {
  const generate = document.components.schemas['GenerateRequest'];
  expect(generate?.properties?.['num_molecules']).toMatchObject({
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 10,
  });
  expect(generate?.additionalProperties).toBe(false);
});

test('what is made leads to every route about it, lists tell of their next page, and what is got may be unchanged', () => {
  const made = document.paths['/api/v1/jobs']?.['post']?.responses['202'] as {
    links: Record<string, object>;
  };
  expect(Object.keys(made.links)).toEqual(
    expect.arrayContaining(['get_jobs_id', 'delete_jobs_id', 'post_jobs_id_pause', 'get_jobs_id_results']),
  );
  expect(made.links['get_jobs_id']).toEqual({
    operationId: 'get_jobs_id',
    parameters: { id: '$response.body#/id' },
  });
  for (const path of ['jobs', 'keys', 'oauth/clients', 'sensors/devices', 'admin/tenants', 'account/audit']) {
    const responses = document.paths[`/api/v1/${path}`]?.['get']?.responses;
    expect([path, responses?.['200']]).toEqual([
      path,
      expect.objectContaining({ headers: expect.objectContaining({ Link: expect.anything() }) }),
    ]);
    expect(Object.keys(responses ?? {})).toEqual(expect.arrayContaining(['304', '431']));
  }
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(20);
  for (const [, name] of references) expect(document.components.schemas).toHaveProperty(String(name));
});
