import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { languages } from './locales.ts';
import { openInferenceErrorSchema } from './open-inference.ts';
import { problemSchema } from './problem.ts';
import { api, errorTexts, type Route, routes } from './routes.ts';

const withBody = [408, 413, 415] as const;
// 400 also where nothing is read: a key in the address is refused.
const always = [400, 429, 431, 503] as const;
const languageHeader = z.object({
  'accept-language': z
    .string()
    .optional()
    .meta({
      description: `Language of problem titles and of the labels of odour notes: ${languages.join(', ')}.`,
      example: 'de, en;q=0.5',
    }),
});
/** What an answer is asked for again by. */
const tagHeader = z.object({
  'if-none-match': z
    .string()
    .optional()
    .meta({ description: 'ETag of the answer you have: 304 where it is still the same.' }),
});
const etag = { schema: { type: 'string' as const }, description: 'What to send as If-None-Match.' };
const link = {
  schema: { type: 'string' as const },
  description:
    'Where the list goes on, as `rel="next"` (RFC 8288), relative to this address; absent on its last page.',
  example: '</api/v1/jobs?limit=20&before=0198>; rel="next"',
};
/** Of every route that needs a credential. */
const guarded = [401, 403] as const;

const tags = [
  { name: 'Predict', description: 'What a molecule smells of.' },
  { name: 'Research', description: 'Blends, the odour map, properties, safety and evaluation.' },
  { name: 'Generate', description: 'Which molecule would smell of a description.' },
  { name: 'Jobs', description: 'Work on many molecules, its progress and its results.' },
  { name: 'Webhooks', description: 'Who is told of the end of jobs, and what was told.' },
  { name: 'Sensors', description: 'Electronic noses, their readings and what they are smelling.' },
  { name: 'Account', description: 'The caller’s own tenant: usage, audit, data.' },
  { name: 'Keys', description: 'Keys of the tenant: made, changed, rotated, revoked.' },
  { name: 'Session', description: 'Browsers: a key for a cookie that no script can read.' },
  { name: 'OAuth', description: 'Tokens by client credentials, and the keys that sign them.' },
  { name: 'Administration', description: 'Other tenants, for who runs the fleet.' },
  { name: 'Open Inference Protocol', description: 'Any ONNX model by the standard protocol, version 2.' },
];
const pathParameters: Readonly<Record<string, string>> = {
  id: 'As the answer that created it, or the list, shows it.',
  kid: 'Id of the signing key, as in the key set.',
  model: 'Name of the model.',
  version: 'Version of the model.',
};

/** The OpenAPI 3.1 document of the public API, made from the schemas that validate it. */
export function openApiDocument(options: { version: string }): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
  });
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  for (const route of routes) registry.registerPath(toRouteConfig(route));
  return new OpenApiGeneratorV31(registry.definitions, { sortComponents: 'alphabetically' }).generateDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Sillage',
        version: options.version,
        description:
          'Machine olfaction: what a molecule smells of, which molecule would smell of a description, and what a sensor is smelling.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      security: [{ apiKey: [] }, { bearer: [] }],
      tags,
    },
  );
}

export { routes };

/** `METHOD /path/{parameter}` of every documented route, for the test that the gateway serves exactly these. */
export function documentedRoutes(): string[] {
  return routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
}

function toRouteConfig(route: Route): RouteConfig {
  const parameters = [...route.path.matchAll(/\{(\w+)\}/g)].map(
    ([, name]) => [String(name), z.string().meta({ description: pathParameters[String(name)] })] as const,
  );
  const codes = new Set<keyof typeof errorTexts>([
    ...(route.body ? withBody : []),
    ...always,
    ...(route.scope === 'public' ? [] : guarded),
    ...(route.path.includes('{id}') ? ([404] as const) : []),
    ...(route.errors ?? []),
  ]);
  const problem = (code: keyof typeof errorTexts) => ({
    description: errorTexts[code],
    content: route.protocol
      ? { 'application/json': { schema: openInferenceErrorSchema } }
      : {
          ...(route.errorForms?.[code] ? { 'application/json': { schema: route.errorForms[code] } } : {}),
          'application/problem+json': { schema: problemSchema },
        },
  });
  const content = contentOf(route.answer, route.answerAlso);
  const isTagged = route.method === 'get' && route.answer !== undefined;
  const isPaged = route.answer instanceof z.ZodObject && 'next' in route.answer.shape;
  const answerHeaders = { ...(isTagged ? { ETag: etag } : {}), ...(isPaged ? { Link: link } : {}) };
  const links = linksOf(route);
  const own = z.object({ ...(isTagged ? tagHeader.shape : {}), ...route.headers?.shape });
  const headers = route.protocol ? own : languageHeader.extend(own.shape);
  return {
    method: route.method,
    path: route.path,
    tags: [route.tag],
    summary: route.summary,
    ...described(route),
    operationId: operationId(route),
    ...(route.deprecated ? { deprecated: true } : {}),
    ...(route.scope === 'public' ? { security: [] } : {}),
    request: {
      ...(parameters.length > 0 ? { params: z.object(Object.fromEntries(parameters)) } : {}),
      ...(route.query ? { query: route.query } : {}),
      ...(headers ? { headers } : {}),
      ...(route.body || route.bodyAlso
        ? { body: { required: !route.isBodyOptional, content: contentOf(route.body, route.bodyAlso) } }
        : {}),
    },
    responses: {
      ...(route.messages
        ? {
            101: {
              description: 'The connection is a WebSocket from here on, with messages of these forms.',
              content: contentOf(z.union([route.messages.client, route.messages.server])),
            },
          }
        : {
            [route.status ?? 200]: {
              description: route.summary,
              ...(Object.keys(content).length > 0 ? { content } : {}),
              ...(Object.keys(answerHeaders).length > 0 ? { headers: answerHeaders } : {}),
              ...(Object.keys(links).length > 0 ? { links } : {}),
            },
            ...(isTagged ? { 304: { description: 'What If-None-Match names is still the answer.' } } : {}),
          }),
      ...Object.fromEntries([...codes].sort().map((code) => [code, problem(code)])),
    },
  };
}

/** From a route that makes a thing to every route that is about it, by the thing's id. */
function linksOf(maker: Route): Record<string, { operationId: string; parameters: { id: string } }> {
  if (maker.method !== 'post' || !(maker.answer instanceof z.ZodObject) || !('id' in maker.answer.shape))
    return {};
  const about = routes.filter(({ path }) => path.startsWith(`${maker.path}/{id}`));
  return Object.fromEntries(
    about.map((route) => [
      operationId(route),
      { operationId: operationId(route), parameters: { id: '$response.body#/id' } },
    ]),
  );
}

/** The description, with the scope that the route asks for. */
function described({ description, scope }: Route): { description?: string } {
  const scopes = scope === 'any' || scope === 'public' ? [] : [scope].flat();
  const needed = scopes.length === 0 ? [] : [`Scope: ${scopes.map((one) => `\`${one}\``).join(' or ')}.`];
  const text = [...(description ? [description] : []), ...needed].join(' ');
  return text === '' ? {} : { description: text };
}

function contentOf(
  json: z.ZodType | undefined,
  also: Readonly<Record<string, z.ZodType | undefined>> = {},
): Record<string, { schema: z.ZodType }> {
  return {
    ...(json ? { 'application/json': { schema: json } } : {}),
    ...Object.fromEntries(
      Object.entries(also).map(([type, schema]) => [type, { schema: schema ?? z.string() }]),
    ),
  };
}

/** For instance `post_sensors_devices_id_readings`. */
function operationId({ method, path }: Route): string {
  const steps = path.replace(`${api}/`, '').replaceAll(/[{}]/g, '').split(/[/.]/);
  return [method, ...steps.filter(Boolean)].join('_');
}
