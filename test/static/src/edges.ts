import { parse } from 'yaml';
import { z } from 'zod';
import { filesBelow, read } from './repository.ts';

export const conditions = [
  'always',
  'grpcDoor',
  'redis',
  'bucket',
  'webhooks',
  'tracing',
  'errorReports',
  'mqtt',
  'scraping',
  'queueScaling',
  'migrations',
  'bootstrap',
  'helmTest',
] as const;

const partySchema = z.strictObject({
  kind: z.enum(['service', 'task', 'store', 'outside']),
  component: z.string().optional(),
  ports: z.record(z.string(), z.int().min(1).max(65_535)).default({}),
  answers: z.record(z.string(), z.array(z.string()).min(1)).default({}),
});

const edgeSchema = z.strictObject({
  from: z.string(),
  to: z.string(),
  port: z.string(),
  protocol: z.enum(['grpc', 'http', 'postgres', 'redis', 'https', 'mqtt', 'dns']),
  methods: z.record(z.string(), z.array(z.string()).min(1)).default({}),
  when: z.enum(conditions).default('always'),
  why: z.string().min(5),
});

const fileSchema = z.strictObject({
  parties: z.record(z.string(), partySchema),
  edges: z.array(edgeSchema).min(1),
  queues: z.array(z.strictObject({ from: z.string(), to: z.string(), name: z.string() })),
});

export type Party = z.output<typeof partySchema>;
export type Edge = z.output<typeof edgeSchema>;
export type Edges = z.output<typeof fileSchema>;

export const edgesFile = 'charts/sillage/files/edges.yaml';

/** The list of edges; throws where it has not the form that its own head describes. */
export function readEdges(): Edges {
  return fileSchema.parse(parse(read(edgesFile)));
}

/** The edges with `services` written out as each of them. */
export function writtenOut({ parties, edges }: Edges): Edge[] {
  const services = Object.keys(parties).filter((name) => parties[name]?.kind === 'service');
  const each = (name: string) => (name === 'services' ? services : [name]);
  return edges.flatMap((edge) =>
    each(edge.from).flatMap((from) => each(edge.to).map((to) => ({ ...edge, from, to }))),
  );
}

/** Methods of every gRPC service of the protos, by its full name. */
export function protoMethods(): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const path of filesBelow('protos', /\.proto$/)) {
    const text = read(path);
    const domain = /^package ([\w.]+);/m.exec(text)?.[1] ?? '';
    for (const [, name, body] of text.matchAll(/^service (\w+) \{(.*?)^\}/gms)) {
      methods.set(
        `${domain}.${name}`,
        [...(body ?? '').matchAll(/rpc (\w+)\(/g)].map(([, method]) => method ?? ''),
      );
    }
  }
  return methods;
}

/** Every `x.unary('Method'` and `x.stream('Method'` of a service and of the packages it uses: what it may call. */
export function calledMethods(service: string): { client: string; method: string }[] {
  const folders = [
    `services/${service}/src`,
    ...packagesOf(`services/${service}`).map((path) => `${path}/src`),
  ];
  const calls = new Map<string, { client: string; method: string }>();
  for (const path of folders.flatMap((folder) => filesBelow(folder, /(?<!\.test)\.ts$/))) {
    for (const [, client, method] of read(path).matchAll(/(\w+)\s*\??\.\s*(?:unary|stream)\(\s*'(\w+)'/g)) {
      if (client && method) calls.set(`${client}.${method}`, { client, method });
    }
  }
  return [...calls.values()];
}

function packagesOf(folder: string): string[] {
  const { dependencies = {} } = z
    .object({ dependencies: z.record(z.string(), z.string()).optional() })
    .parse(JSON.parse(read(`${folder}/package.json`)));
  return Object.keys(dependencies)
    .filter((name) => name.startsWith('@sillage/') && dependencies[name]?.startsWith('workspace:'))
    .map((name) => `packages/${name.slice('@sillage/'.length)}`);
}
