import { type Service, services } from './fleet.ts';
import { output } from './shell.ts';

/** Versions that the cases roll: the same code twice, and one that does not start. */
export const versions = { first: 'dev', next: 'next', broken: 'broken', missing: 'never-built' } as const;

const loader = process.env['SILLAGE_LOAD_IMAGE'] ?? '';
const loaded = new Set<string>();

async function load(name: string, file: string, ...flags: string[]): Promise<void> {
  if (loader === '' || loaded.has(name)) return;
  const [command = '', ...args] = loader.split(' ');
  await output(command, [...args, name, file, '.', ...flags]);
  loaded.add(name);
}

/** Every service's image of a version is in the cluster, as far as we are told how to bring it. */
export async function loadImages(
  version: 'first' | 'next' | 'broken',
  which: readonly Service[] = services,
): Promise<void> {
  for (const service of which) {
    const image = `sillage/${service}`;
    if (version === 'first') {
      await load(`${image}:${versions.first}`, 'Dockerfile', '--target', service);
    } else {
      const from = `FROM=${image}:${versions.first}`;
      await load(
        `${image}:${versions[version]}`,
        `test/cluster/images/${version}.Dockerfile`,
        '--build-arg',
        from,
      );
    }
  }
}
