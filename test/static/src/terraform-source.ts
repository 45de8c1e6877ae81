import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { filesBelow, root } from './repository.ts';

/** A body of HCL as JSON: blocks are lists of objects, expressions are texts `${…}`. */
export type Body = Readonly<Record<string, unknown>>;

export interface Block {
  /** Path of the folder from the root. */
  readonly module: string;
  readonly type: string;
  readonly name: string;
  readonly body: Body;
}

/** All that stands in the .tf files of one folder. */
export interface Module {
  readonly path: string;
  readonly resources: readonly Block[];
  readonly data: readonly Block[];
  readonly ephemeral: readonly Block[];
  readonly calls: ReadonlyMap<string, Body>;
  readonly variables: ReadonlyMap<string, Body>;
  readonly outputs: ReadonlyMap<string, Body>;
  readonly locals: ReadonlySet<string>;
  readonly settings: readonly Body[];
  /** The whole text of its expressions, for a search of references. */
  readonly text: string;
}

/** Every folder below terraform/ with .tf files in it, read by hcl2tojson. */
export function readModules(): ReadonlyMap<string, Module> {
  const files = filesBelow('terraform', /\.tf$/).filter((path) => !path.includes('/.terraform/'));
  const folders = Map.groupBy(parse(files), (document) => dirname(String(document.__file__)));
  return new Map([...folders].map(([path, parts]) => [path, toModule(path, parts)]));
}

/** Modules from their texts, by name. */
export function parseModules(sources: Readonly<Record<string, string>>): ReadonlyMap<string, Module> {
  const folder = mkdtempSync(join(tmpdir(), 'terraform-'));
  try {
    const names = Object.keys(sources);
    const files = names.map((_, index) => join(folder, `${index}.tf`));
    for (const [index, source] of Object.values(sources).entries())
      writeFileSync(join(folder, `${index}.tf`), source);
    const documents = parse(files);
    return new Map(names.map((name, index) => [name, toModule(name, documents.slice(index, index + 1))]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function parse(files: readonly string[]): Body[] {
  const run = spawnSync('hcl2tojson', ['--ndjson', '--quiet', '--strip-string-quotes', ...files], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (run.status !== 0) throw new Error(`hcl2tojson: ${run.stderr || run.error}`);
  const lines = run.stdout.trim().split('\n');
  return lines.map((line): Body => JSON.parse(line));
}

function toModule(path: string, documents: readonly Body[]): Module {
  const blocks = (kind: string) => documents.flatMap((document) => list(document[kind]));
  const one = (kind: string) =>
    new Map(
      blocks(kind).flatMap((block) => Object.entries(block).map(([name, body]) => [name, toBody(body)])),
    );
  const two = (kind: string): Block[] =>
    blocks(kind).flatMap((block) =>
      Object.entries(block).flatMap(([type, named]) =>
        Object.entries(toBody(named)).map(([name, body]) => ({
          module: path,
          type,
          name,
          body: toBody(body),
        })),
      ),
    );
  return {
    path,
    resources: two('resource'),
    data: two('data'),
    ephemeral: two('ephemeral'),
    calls: one('module'),
    variables: one('variable'),
    outputs: one('output'),
    locals: new Set(blocks('locals').flatMap((block) => Object.keys(block))),
    settings: blocks('terraform'),
    text: expressions(documents).join('\n'),
  };
}

/** Every expression in a body, without what surrounds it. */
function expressions(value: unknown): string[] {
  if (typeof value === 'string') return value.includes('${') ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(expressions);
  if (value && typeof value === 'object') return Object.values(value).flatMap(expressions);
  return [];
}

/** Blocks of a kind in a body: `blocks(body, 'vpc_config')`; those of a `dynamic` block count too. */
export function blocks(body: Body, kind: string): Body[] {
  const dynamic = list(body.dynamic).flatMap((block) => list(toBody(block[kind]).content));
  return [...list(body[kind]), ...dynamic];
}

/** Value at a path through nested blocks, of the first block each time: `at(body, 'rule.destination.bucket')`. */
export function at(body: Body, path: string): unknown {
  let value: unknown = body;
  for (const key of path.split('.')) value = blocksOrValue(value, key);
  return value;
}

function blocksOrValue(value: unknown, key: string): unknown {
  const body = Array.isArray(value) ? toBody(value[0]) : toBody(value);
  return body[key] ?? blocks(body, key)[0];
}

function list(value: unknown): Body[] {
  return Array.isArray(value) ? value.map(toBody) : value && typeof value === 'object' ? [toBody(value)] : [];
}

function toBody(value: unknown): Body {
  return value && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

const meta = new Set(['source', 'providers', 'for_each', 'count', 'depends_on', 'version', '__is_block__']);

/** What a module names and nobody declares, and what it gives to other modules that they do not take. */
export function unresolved(module: Module, modules: ReadonlyMap<string, Module>): string[] {
  const problems = new Set<string>();
  const declared = (blocks: readonly Block[]) => new Set(blocks.map(({ type, name }) => `${type}.${name}`));
  const [resources, data, ephemeral] = [
    declared(module.resources),
    declared(module.data),
    declared(module.ephemeral),
  ];
  const need = (known: boolean, what: string) => {
    if (!known) problems.add(`${what} is named, but not declared`);
  };
  for (const [, name = ''] of module.text.matchAll(/(?<![\w.])var\.(\w+)/g)) {
    need(module.variables.has(name), `var.${name}`);
  }
  for (const [, name = ''] of module.text.matchAll(/(?<![\w.])local\.(\w+)/g)) {
    need(module.locals.has(name), `local.${name}`);
  }
  for (const [, name = ''] of module.text.matchAll(/(?<![\w.])data\.(\w+\.\w+)/g))
    need(data.has(name), `data.${name}`);
  for (const [, name = ''] of module.text.matchAll(/(?<![\w.])ephemeral\.(\w+\.\w+)/g)) {
    need(ephemeral.has(name), `ephemeral.${name}`);
  }
  for (const [, name = ''] of module.text.matchAll(/(?<![\w."/-])((?:aws|google|azurerm)_\w+\.\w+)/g)) {
    need(resources.has(name), name);
  }
  for (const [, call = '', , output] of module.text.matchAll(
    /(?<![\w.])module\.(\w+)(\[[^\]]*\])?(?:\.(\w+))?/g,
  )) {
    const target = calledModule(module, call, modules);
    need(target !== undefined, `module.${call}`);
    if (target && output) need(target.outputs.has(output), `module.${call}.${output}`);
  }
  for (const [call, body] of module.calls) {
    const target = calledModule(module, call, modules);
    if (!target) continue;
    const given = Object.keys(body).filter((key) => !meta.has(key));
    for (const key of given) {
      if (!target.variables.has(key)) problems.add(`module.${call}: ${target.path} has no variable ${key}`);
    }
    for (const [name, variable] of target.variables) {
      if (!('default' in variable) && !given.includes(name))
        problems.add(`module.${call}: ${name} is not given`);
    }
  }
  return [...problems];
}

function calledModule(
  module: Module,
  call: string,
  modules: ReadonlyMap<string, Module>,
): Module | undefined {
  const source = module.calls.get(call)?.source;
  return typeof source === 'string' ? modules.get(normalize(join(module.path, source))) : undefined;
}

/** Roots: what is applied; each must pin its providers. */
export function isRoot(module: Module): boolean {
  return /^terraform\/(aws|gcp|azure)\//.test(module.path);
}

export function hasLock(module: Module): boolean {
  return existsSync(join(root, module.path, '.terraform.lock.hcl'));
}
