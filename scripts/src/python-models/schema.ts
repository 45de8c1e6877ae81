/** What the generator reads of the OpenAPI document. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly additionalProperties?: boolean | Schema;
  readonly description?: string;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly operationId: string;
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

/** The part of the OpenAPI document that answers and bodies are described in. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** The version that the client speaks, and its tokens; the Open Inference Protocol has clients of its own. */
const isOurs = (path: string) => path.startsWith('/api/v1/') || path.startsWith('/oauth/');

/** Schemas of what is sent and, by operation, of what is answered. */
export function schemasOf(document: ApiDocument): {
  bodies: Schema[];
  answers: { operation: string; schema: Schema }[];
} {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    isOurs(path) ? Object.values(methods) : [],
  );
  const of = ({ content }: Content) => Object.values(content ?? {}).map(({ schema }) => schema);
  return {
    bodies: operations.flatMap(({ requestBody }) => (requestBody ? of(requestBody) : [])),
    answers: operations.flatMap(({ operationId: operation, responses }) =>
      Object.entries(responses)
        .filter(([status]) => Number(status) < 300)
        .flatMap(([, response]) => of(response).map((schema) => ({ operation, schema }))),
    ),
  };
}

/** Name of the component that a reference leads to. */
export function referred({ $ref }: Schema): string | undefined {
  return $ref?.slice('#/components/schemas/'.length);
}
