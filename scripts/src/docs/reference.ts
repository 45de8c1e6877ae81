// The API reference as Markdown, made from the OpenAPI document: a page for each tag, and one of all schemas.
import { anchorOf } from './pages.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: boolean | Schema;
  readonly description?: string;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

interface Content {
  readonly description?: string;
  readonly required?: boolean;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

/** What the pages are made from. */
export interface ApiDocument {
  readonly info: { readonly version: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Headers that nearly every route has; the index tells them once. */
const common = new Set(['accept-language', 'if-none-match']);

/** The pages by file name; `index.md` leads to the others. */
export function referencePages(document: ApiDocument): Record<string, string> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const pages: Record<string, string> = {};
  const rows: string[] = [];
  for (const tag of document.tags) {
    const ofTag = operations.filter(({ operation }) => operation.tags[0] === tag.name);
    if (ofTag.length === 0) continue;
    const file = `${anchorOf(tag.name)}.md`;
    pages[file] = [
      `# ${tag.name}`,
      tag.description,
      ...ofTag.map(({ method, path, operation }) => operationText(document, method, path, operation)),
    ].join('\n\n');
    for (const { method, path, operation } of ofTag) {
      rows.push(
        `| [\`${method} ${path}\`](./${file}#${operation.operationId}) | ${cell(operation.summary)} |`,
      );
    }
  }
  pages['schemas.md'] = [
    '# Schemas',
    'Everything that requests and answers are made of, by name.',
    ...Object.entries(document.components.schemas).map(([name, schema]) =>
      schemaText(document, name, schema),
    ),
  ].join('\n\n');
  pages['index.md'] = [
    '# API reference',
    `Version ${document.info.version}, made from the OpenAPI document that a running fleet serves at \`/openapi.json\`. The [API guide](../api.md) tells how to use it.`,
    'Every route but the public ones asks for a key: `X-API-Key: …` or `Authorization: Bearer …`. `Accept-Language` sets the language of titles and labels; what is got as JSON has an `ETag` and answers `If-None-Match`. Every error is a [Problem](./schemas.md#problem).',
    '| route | what |\n| --- | --- |',
  ].join('\n\n');
  pages['index.md'] += `\n${rows.join('\n')}\n`;
  return pages;
}

function operationText(document: ApiDocument, method: string, path: string, operation: Operation): string {
  const { summary, description, parameters = [], requestBody, responses, operationId } = operation;
  const asked = parameters.filter(({ name, in: place }) => !(place === 'header' && common.has(name)));
  const successes = Object.entries(responses).filter(([status]) => Number(status) < 300);
  const errors = Object.entries(responses).filter(([status]) => Number(status) >= 400);
  return [
    `## ${summary} {#${operationId}}`,
    `\`${method} ${path}\`${operation.security?.length === 0 ? ', without a key' : ''}${operation.deprecated ? ', deprecated' : ''}`,
    ...(description ? [prose(description)] : []),
    ...(asked.length > 0
      ? [
          `| parameter | in | type | what |\n| --- | --- | --- | --- |\n${asked
            .map(
              ({ name, in: place, required, description: text, schema }) =>
                `| \`${name}\`${required ? ', required' : ''} | ${place} | ${cell(typeOf(schema))} | ${cell([text ?? schema.description, bounds(schema)].filter(Boolean).join(' '))} |`,
            )
            .join('\n')}`,
        ]
      : []),
    ...bodyText(document, 'Body', requestBody),
    ...(requestBody ? curl(document, method, path, requestBody) : []),
    ...successes.flatMap(([status, content]) => bodyText(document, `Answer ${status}`, content)),
    `| error | when |\n| --- | --- |\n${errors.map(([status, { description: text = '' }]) => `| ${status} | ${cell(text)} |`).join('\n')}`,
  ].join('\n\n');
}

function bodyText(document: ApiDocument, title: string, content: Content | undefined): string[] {
  return Object.entries(content?.content ?? {}).flatMap(([type, { schema }]) => {
    const example = exampleOf(document, schema);
    const whole = resolved(document, schema);
    const isNamed = schema.$ref !== undefined;
    const head = `**${title}**, \`${type}\`${isNamed ? `: ${cell(typeOf(schema))}` : ''}`;
    const isText = whole.type === 'string' && whole.properties === undefined;
    return [
      head,
      ...(isText ? [] : isNamed || whole.properties ? fieldsText(whole) : [`${prose(typeOf(schema))}`]),
      ...(example !== undefined && title !== 'Body' ? [json(example)] : []),
    ];
  });
}

/** The example of a body as a command. */
function curl(document: ApiDocument, method: string, path: string, { content = {} }: Content): string[] {
  const schema = content['application/json']?.schema;
  const example = schema && exampleOf(document, schema);
  if (example === undefined) return [];
  const request = method === 'POST' ? '' : ` -X ${method}`;
  return [
    `\`\`\`sh\ncurl -sS${request} "$SILLAGE${path.replace('{id}', '$ID')}" -H "X-API-Key: $KEY" -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(example).replaceAll("'", "'\\''")}'\n\`\`\``,
  ];
}

function schemaText(document: ApiDocument, name: string, schema: Schema): string {
  const example = exampleOf(document, schema);
  return [
    `## ${name} {#${anchorOf(name)}}`,
    ...(schema.description ? [prose(schema.description)] : []),
    ...(schema.properties ? fieldsText(schema) : [prose(typeOf(schema))]),
    ...(example === undefined ? [] : [json(example)]),
  ].join('\n\n');
}

function fieldsText(schema: Schema): string[] {
  const forms = schema.oneOf ?? schema.anyOf;
  if (forms) return forms.flatMap((form, at) => [`Form ${at + 1}: ${typeOf(form)}`, ...fieldsText(form)]);
  if (!schema.properties) return schema.items ? [`A list of ${typeOf(schema.items)}.`] : [];
  return [`| field | type | what |\n| --- | --- | --- |\n${fieldRows(schema, '').join('\n')}`];
}

/** Rows of an object's fields; those of objects in it are under their path. */
function fieldRows(schema: Schema, prefix: string): string[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const inner = field.items?.properties ? field.items : field;
    const path = `${prefix}${name}${field.items?.properties ? '[]' : ''}`;
    const what = [field.description, bounds(field)].filter(Boolean).join(' ');
    return [
      `| \`${path}\`${required.has(name) ? '' : ', optional'} | ${cell(typeOf(field))} | ${cell(what)} |`,
      ...(inner.properties && !inner.$ref ? fieldRows(inner, `${path}.`) : []),
    ];
  });
}

function typeOf(schema: Schema): string {
  const name = nameOf(schema);
  if (name !== undefined) return `[${name}](./schemas.md#${anchorOf(name)})`;
  const forms = schema.anyOf ?? schema.oneOf;
  if (forms) return [...new Set(forms.map(typeOf))].join(' or ');
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  const types = [schema.type ?? 'any'].flat();
  return types
    .map((type) => {
      if (type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
      if (type === 'object' && typeof schema.additionalProperties === 'object' && !schema.properties) {
        return `object of ${typeOf(schema.additionalProperties)} by name`;
      }
      return schema.format ? `${type} (${schema.format})` : type;
    })
    .join(' or ');
}

function bounds({ minimum, maximum, minLength, maxLength, minItems, maxItems, ...schema }: Schema): string {
  const of = (least: number | undefined, most: number | undefined, unit: string) => {
    if (least === undefined && most === undefined) return [];
    if (least === undefined) return [`At most ${most}${unit}.`];
    if (most === undefined) return [`At least ${least}${unit}.`];
    return [`${least} to ${most}${unit}.`];
  };
  return [
    ...of(minimum, maximum, ''),
    ...of(minLength, maxLength, ' characters'),
    ...of(minItems, maxItems, ' entries'),
    ...(schema.default === undefined ? [] : [`Default \`${JSON.stringify(schema.default)}\`.`]),
  ].join(' ');
}

function nameOf({ $ref }: Schema): string | undefined {
  return $ref?.slice('#/components/schemas/'.length);
}

function resolved(document: ApiDocument, schema: Schema): Schema {
  const name = nameOf(schema);
  return name === undefined ? schema : (document.components.schemas[name] ?? schema);
}

function exampleOf(document: ApiDocument, schema: Schema): unknown {
  return resolved(document, schema).example;
}

function json(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
}

/** Text outside of code, where a brace or an angle would be read as the page's own. */
function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll('<', '&lt;').replaceAll('{', '&#123;')))
    .join('');
}

function cell(text: string): string {
  return prose(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
}
