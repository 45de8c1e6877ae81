/** As much of a JSON schema as is looked at; the rest is carried along. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly $ref?: string | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly nullable?: boolean | undefined;
  readonly required?: readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, JsonSchema>> | undefined;
  readonly additionalProperties?: boolean | JsonSchema | undefined;
  readonly items?: JsonSchema | undefined;
}

/**
 * A schema of Kubernetes (OpenAPI 2 of its own kinds, OpenAPI 3 of a CustomResourceDefinition) as a plain JSON schema
 * that knows no other fields than those it names. Where it says that unknown fields are kept, they stay allowed.
 */
export function closed(schema: JsonSchema): JsonSchema {
  if (schema.$ref) return { $ref: schema.$ref };
  const { format, nullable, properties, additionalProperties, items, description: _, ...rest } = schema;
  if (schema['x-kubernetes-int-or-string'] === true || format === 'int-or-string') {
    return { ...rest, type: withNull(['integer', 'string'], nullable) };
  }
  // 1 and 0.5 are quantities as good as "1" and 500m.
  if (rest.type === 'string' && isQuantity(schema)) return { ...rest, type: ['string', 'number'] };
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true;
  return {
    ...rest,
    ...(schema.type === undefined ? {} : { type: withNull([schema.type].flat(), nullable) }),
    ...(properties && { properties: mapped(properties) }),
    ...(items && { items: closed(items) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: closed(additionalProperties) }
      : properties && !keepsUnknown && additionalProperties !== true
        ? { additionalProperties: false }
        : {}),
  };
}

function mapped(properties: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, closed(schema)]));
}

function withNull(types: readonly string[], nullable: boolean | undefined): string | string[] {
  const all = nullable ? [...types, 'null'] : [...types];
  const [only] = all;
  return all.length === 1 && only !== undefined ? only : all;
}

function isQuantity(schema: JsonSchema): boolean {
  return String(schema['description']).startsWith('Quantity is a fixed-point');
}
