import { createHash } from 'node:crypto';
import { existsSync, globSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Contrib, Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';
import spdx from 'spdx-expression-parse';
import { parse } from 'yaml';
import { z } from 'zod';

const manifestSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    dependencies: z.record(z.string(), z.string()).default({}),
    optionalDependencies: z.record(z.string(), z.string()).default({}),
    peerDependencies: z.record(z.string(), z.string()).default({}),
  })
  .loose();
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ resolution: z.object({ integrity: z.string().optional() }) })),
});

const licences = new Contrib.License.Factories.LicenseFactory((text) => void spdx(text));
const builder = new Contrib.FromNodePackageJson.Builders.ComponentBuilder(
  new Contrib.FromNodePackageJson.Factories.ExternalReferenceFactory(),
  licences,
);

export interface SbomOptions {
  /** The image's name, such as gateway. */
  readonly image: string;
  /** Folder of the workspace, with nothing but this image's packages installed. */
  readonly root: string;
  /** Folders of the workspace's packages that are in it, the service's own first. */
  readonly packages: readonly string[];
  /** What else is in it: models, libraries of other registries. */
  readonly others?: readonly Models.Component[];
}

/**
 * CycloneDX 1.6 of what an image has beyond its base image: every npm package with its licence and the hash that the
 * lockfile holds it to, who imports whom, Node, and `others`. The same packages give the same text.
 */
export function sbomOf({ image, root, packages, others = [] }: SbomOptions): string {
  const { packages: locked } = lockSchema.parse(parse(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')));
  const byFolder = new Map<string, Models.Component>();

  const read = (folder: string): Models.Component => {
    const known = byFolder.get(folder);
    if (known !== undefined) return known;
    const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
    const component = builder.makeComponent(manifest);
    if (component === undefined) throw new Error(`${folder}/package.json describes no package`);
    byFolder.set(folder, component);
    const [group, name] = manifest.name.startsWith('@')
      ? manifest.name.split('/')
      : [undefined, manifest.name];
    component.purl = new PackageURL('npm', group, name ?? manifest.name, manifest.version).toString();
    component.bomRef.value = component.purl;
    const integrity = locked[`${manifest.name}@${manifest.version}`]?.resolution.integrity;
    if (integrity?.startsWith('sha512-')) {
      const hex = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
      component.hashes.set(Enums.HashAlgorithm['SHA-512'], hex);
    }
    const names = {
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.peerDependencies,
    };
    for (const dependency of Object.keys(names)) {
      const installed = installedAt(folder, dependency);
      if (installed !== undefined) component.dependencies.add(read(installed).bomRef);
    }
    return component;
  };

  const [own, ...shared] = packages.map((folder) => read(realpathSync(join(root, folder))));
  if (own === undefined) throw new Error(`no package for ${image}`);
  for (const component of shared) own.dependencies.add(component.bomRef);
  own.type = Enums.ComponentType.Container;
  own.name = image;
  own.group = 'sillage';
  const bom = new Models.Bom({ metadata: new Models.Metadata({ component: own }) });
  for (const component of byFolder.values()) if (component !== own) bom.components.add(component);
  for (const component of [nodeRuntime(), ...others]) {
    bom.components.add(component);
    own.dependencies.add(component.bomRef);
  }
  const text = serialise(bom);
  bom.serialNumber = `urn:uuid:${uuidOf(text)}`;
  return serialise(bom);
}

/** Every version in a model repository. */
export function modelComponents(repository: string): Models.Component[] {
  return globSync('*/*/manifest.yaml', { cwd: repository })
    .sort()
    .map((file) => {
      const [name = '', version = ''] = file.split('/');
      const content = createHash('sha256');
      const folder = join(repository, dirname(file));
      for (const part of readdirSync(folder).sort()) content.update(readFileSync(join(folder, part)));
      return new Models.Component(Enums.ComponentType.MachineLearningModel, name, {
        version,
        bomRef: `model:${name}@${version}`,
        hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], content.digest('hex')]]),
      });
    });
}

/** Packages of PyPI that a requirements file pins by hash. */
export function pythonComponents(file: string): Models.Component[] {
  const pinned = /^([\w.-]+)==([\w.]+) --hash=sha256:([0-9a-f]{64})$/gm;
  return [...readFileSync(file, 'utf8').matchAll(pinned)].map(([, name = '', version = '', hash = '']) => {
    const purl = new PackageURL('pypi', undefined, name, version).toString();
    return new Models.Component(Enums.ComponentType.Library, name, {
      version,
      purl,
      bomRef: purl,
      hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], hash]]),
    });
  });
}

function nodeRuntime(): Models.Component {
  const version = process.versions.node;
  const purl = new PackageURL('generic', undefined, 'node', version).toString();
  return new Models.Component(Enums.ComponentType.Platform, 'node', { version, purl, bomRef: purl });
}

/** Where Node finds a package that another one imports; undefined where it is optional and not there. */
function installedAt(folder: string, dependency: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = at.endsWith('node_modules')
      ? join(at, dependency)
      : join(at, 'node_modules', dependency);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (dirname(at) === at) return undefined;
  }
}

function serialise(bom: Models.Bom): string {
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 1 });
}

/** A UUID (version 8) that a text always has. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
