import { join } from 'node:path';
import { z } from 'zod';
import { chart } from './chart.ts';
import { isMap, readValues, type Values } from './chart-values.ts';
import { read, root } from './repository.ts';
import { differences } from './tally.ts';

type Schema = Values;
const services = ['gateway', 'auth', 'sensors', 'worker', 'inference'] as const;
/** What Node and its runtime read, for any service. */
const ofNode = ['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS', 'TZ', 'UV_THREADPOOL_SIZE'];

function readSchema(): Schema {
  return z.record(z.string(), z.unknown()).parse(JSON.parse(read('charts/sillage/values.schema.json')));
}

/** Keys of values.yaml that the schema lacks, keys of the schema without a default, and objects that take any key. */
export function schemaProblems(): string[] {
  const schema = readSchema();
  const definitions = isMap(schema['definitions']) ? schema['definitions'] : {};
  const defaults = readValues(join(chart, 'values.yaml'));
  const workload = isMap(defaults['defaults']) ? defaults['defaults'] : {};
  const resolved = (value: unknown): Schema => {
    if (!isMap(value)) return {};
    const name = typeof value['$ref'] === 'string' ? value['$ref'].replace('#/definitions/', '') : undefined;
    return name === undefined ? value : resolved(definitions[name]);
  };
  const problems: string[] = [];
  const look = (of: Schema, values: Values, path: string) => {
    const properties = isMap(of['properties']) ? of['properties'] : {};
    if (Object.keys(properties).length === 0) return;
    if (of['additionalProperties'] !== false) problems.push(`${path}: takes any key`);
    // A service, a pool or a peer need not say what it has from elsewhere.
    const inherited = ['gateway', 'auth', 'sensors', 'worker', 'inference'].includes(path)
      ? Object.keys(workload)
      : [];
    const optional = new Set([...inherited, ...(path === '' ? ['global'] : [])]);
    if (!/^networkPolicy\.(ports|extra)|\.config$/.test(path)) {
      problems.push(
        ...differences(
          {
            what: `the schema at ${path || 'the top'}`,
            names: Object.keys(properties).filter((key) => !optional.has(key)),
          },
          { what: 'values.yaml', names: Object.keys(values).filter((key) => !optional.has(key)) },
        ),
      );
    }
    for (const [key, inner] of Object.entries(properties)) {
      const value = values[key];
      if (isMap(value)) look(resolved(inner), value, path === '' ? key : `${path}.${key}`);
    }
  };
  look(schema, defaults, '');
  return problems;
}

/** The variables that `config` of each service may have, against what the service itself reads. */
export async function variableProblems(): Promise<string[]> {
  const definitions = z.record(z.string(), z.unknown()).parse(readSchema()['definitions']);
  const shapeSchema = z.object({ shape: z.record(z.string(), z.unknown()) });
  const keysOf = (value: unknown) => Object.keys(shapeSchema.parse(value).shape);
  const load = async (path: string): Promise<Record<string, unknown>> => ({
    ...(await import(join(root, path))),
  });
  const base = keysOf((await load('packages/kit/dist/index.js'))['baseSchema']);
  const problems: string[] = [];
  const compare = (name: string, variables: readonly string[]) => {
    const { properties } = z
      .object({ properties: z.record(z.string(), z.unknown()), additionalProperties: z.literal(false) })
      .parse(definitions[`variables-${name}`]);
    problems.push(
      ...differences(
        { what: `the schema (variables-${name})`, names: Object.keys(properties) },
        { what: 'the code', names: [...variables, ...ofNode] },
      ),
    );
  };
  compare('any', base);
  for (const name of services) {
    const { service } = await load(`services/${name}/dist/service.js`);
    compare(name, [...base, ...keysOf(z.object({ config: z.unknown() }).parse(service).config)]);
  }
  return problems;
}
