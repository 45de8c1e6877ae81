import { type Service, services } from './fleet.ts';
import { output, root, run } from './shell.ts';

/** Versions that the cases roll: the same code twice, and one that does not start. */
export const versions = { first: 'dev', next: 'next', broken: 'broken', missing: 'never-built' } as const;

/** Gives the cluster an image whose name is put behind it, as for scripts/images; empty: the images are there. */
const loader = process.env['SILLAGE_LOAD'] ?? '';
const loaded = new Set<string>();

/** The services' images of a version are in the cluster, as far as we are told how to bring them. */
export async function loadImages(
  version: 'first' | 'next' | 'broken',
  which: readonly Service[] = services,
): Promise<void> {
  const tag = versions[version];
  const missing = which.filter((service) => !loaded.has(`${service}:${tag}`));
  if (loader === '' || missing.length === 0) return;
  if (version === 'broken') await buildBroken(missing);
  else await output(`${root}/scripts/images`, [...missing, '--tag', tag, '--load']);
  for (const service of missing) loaded.add(`${service}:${tag}`);
}

async function buildBroken(which: readonly Service[]): Promise<void> {
  const builder = (await run('which', ['buildah'])).code === 0 ? 'buildah' : 'docker';
  for (const service of which) {
    const name = `sillage/${service}:${versions.broken}`;
    const from = `FROM=sillage/${service}:${versions.first}`;
    const file = `${root}/test/cluster/images/broken.Dockerfile`;
    await output(builder, [
      'build',
      '--tag',
      name,
      '--file',
      file,
      '--build-arg',
      from,
      `${root}/test/cluster/images`,
    ]);
    const [command = '', ...args] = loader.split(' ');
    await output(command, [...args, name]);
  }
}
