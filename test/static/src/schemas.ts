import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { root } from './repository.ts';
import { closed, type JsonSchema } from './strict-schema.ts';

/** Go modules that carry what an API server would know of its kinds; `tools` pins theirs in the same way. */
const sources = {
  kubernetes: { module: 'k8s.io/kubernetes@v1.34.4', path: 'api/openapi-spec/swagger.json' },
  definitions: [
    { module: 'github.com/argoproj/argo-cd/v3@v3.5.7', path: 'manifests/crds' },
    { module: 'github.com/cert-manager/cert-manager@v1.21.2', path: 'deploy/crds' },
    { module: 'github.com/external-secrets/external-secrets@v1.3.2', path: 'config/crds/bases' },
    { module: 'github.com/kedacore/keda/v2@v2.21.0', path: 'config/crd/bases' },
    { module: 'github.com/kubernetes-csi/external-snapshotter/client/v8@v8.7.0', path: 'config/crd' },
    {
      module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
      path: 'example/prometheus-operator-crd',
    },
    { module: 'github.com/vmware-tanzu/velero@v1.18.3', path: 'config/crd/v1/bases' },
    { module: 'istio.io/api@v1.31.1', path: 'kubernetes/customresourcedefinitions.gen.yaml' },
    { module: 'sigs.k8s.io/gateway-api@v1.6.3', path: 'config/crd/standard' },
  ],
} as const;

const folder = join(root, '.tools/schemas');

const downloadSchema = z.object({ Dir: z.string() });
const kindsSchema = z.array(z.object({ group: z.string(), kind: z.string(), version: z.string() }));
const schemaOf = z.custom<JsonSchema>((value) => typeof value === 'object' && value !== null);
const swaggerSchema = z.object({ definitions: z.record(z.string(), schemaOf) });
const crdSchema = z.object({
  kind: z.literal('CustomResourceDefinition'),
  spec: z.object({
    group: z.string(),
    names: z.object({ kind: z.string() }),
    versions: z.array(
      z.object({
        name: z.string(),
        served: z.boolean(),
        schema: z.object({ openAPIV3Schema: schemaOf }).optional(),
      }),
    ),
  }),
});

/** What kubeconform is given as -schema-location: every kind of Kubernetes 1.34 and of the operators named above. */
export const schemaLocation = `${folder}/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json`;

/**
 * Makes the schemas where they are not there yet, from the modules' own files: Kubernetes' OpenAPI document and the
 * operators' CustomResourceDefinitions. Objects are closed: a field that the API server would drop is an error.
 */
export function bringSchemas(): void {
  const stamp = createHash('sha256')
    .update(JSON.stringify(sources))
    .update(readFileSync(import.meta.filename))
    .update(readFileSync(join(import.meta.dirname, 'strict-schema.ts')))
    .digest('hex');
  const stampFile = join(folder, 'stamp');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  // Made beside and moved: two checks may begin at the same time.
  const made = `${folder}.${process.pid}`;
  rmSync(made, { recursive: true, force: true });
  const definitions = writeKubernetes(made);
  for (const source of sources.definitions) writeDefinitions(made, source, definitions);
  writeFileSync(join(made, 'stamp'), stamp);
  rmSync(folder, { recursive: true, force: true });
  renameSync(made, folder);
}

function moduleFolder(module: string): string {
  console.error(`schemas: ${module}`);
  return downloadSchema.parse(
    JSON.parse(execFileSync('go', ['mod', 'download', '-json', module], { cwd: '/', encoding: 'utf8' })),
  ).Dir;
}

function write(made: string, kind: { group: string; kind: string; version: string }, schema: JsonSchema) {
  // kubeconform takes the version of the core group for its name.
  const target = join(made, kind.group || kind.version);
  mkdirSync(target, { recursive: true });
  const apiVersion = kind.group ? `${kind.group}/${kind.version}` : kind.version;
  const named = {
    ...schema,
    required: [...new Set([...(schema.required ?? []), 'apiVersion', 'kind'])],
    properties: { ...schema.properties, apiVersion: { const: apiVersion }, kind: { const: kind.kind } },
  };
  writeFileSync(join(target, `${kind.kind.toLowerCase()}_${kind.version}.json`), JSON.stringify(named));
}

function writeKubernetes(made: string): Readonly<Record<string, JsonSchema>> {
  const { module, path } = sources.kubernetes;
  const swagger = swaggerSchema.parse(JSON.parse(readFileSync(join(moduleFolder(module), path), 'utf8')));
  const definitions = Object.fromEntries(
    Object.entries(swagger.definitions).map(([name, schema]) => [name, closed(schema)]),
  );
  for (const [name, schema] of Object.entries(swagger.definitions)) {
    const kinds = kindsSchema.safeParse(schema['x-kubernetes-group-version-kind']);
    const own = definitions[name];
    if (!kinds.success || !own?.properties?.['kind']) continue;
    // Some (DeleteOptions) belong to every group; nobody writes a manifest of those.
    if (kinds.data.length > 1) continue;
    for (const kind of kinds.data) write(made, kind, withDefinitions(own, definitions));
  }
  return definitions;
}

function writeDefinitions(
  made: string,
  source: { module: string; path: string },
  definitions: Readonly<Record<string, JsonSchema>>,
): void {
  const path = join(moduleFolder(source.module), source.path);
  const files = path.endsWith('.yaml')
    ? [path]
    : readdirSync(path)
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => join(path, name));
  const metadata = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };
  for (const document of files.flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')))) {
    const crd = crdSchema.safeParse(document.toJS());
    if (!crd.success) continue; // a kustomization, a policy
    const { group, names, versions } = crd.data.spec;
    for (const { name, served, schema } of versions) {
      if (!served || !schema) continue;
      const own = closed(schema.openAPIV3Schema);
      const whole = { ...own, properties: { ...own.properties, metadata } };
      write(made, { group, kind: names.kind, version: name }, withDefinitions(whole, definitions));
    }
  }
}

/** The schema with every definition that it reaches. */
function withDefinitions(schema: JsonSchema, all: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const reached: Record<string, JsonSchema> = {};
  const follow = (value: JsonSchema) => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)) {
      const definition = all[name];
      if (!definition || reached[name]) continue;
      reached[name] = definition;
      follow(definition);
    }
  };
  follow(schema);
  return { ...schema, definitions: reached };
}
