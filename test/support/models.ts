import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const shipped = join(import.meta.dirname, '../../models/olfactory-base');

/**
 * Copies the newest shipped odour model into a model repository, under a version of the test's choice. `change` gets the
 * manifest's text. Answers the new folder.
 */
export async function copyOdourModel(
  repository: string,
  version: string,
  change = (manifest: string) => manifest,
): Promise<string> {
  const versions = (await readdir(shipped)).map(Number).toSorted((a, b) => a - b);
  const folder = join(repository, 'olfactory-base', version);
  await cp(join(shipped, String(versions.at(-1))), folder, { recursive: true });
  const manifest = join(folder, 'manifest.yaml');
  const text = (await readFile(manifest, 'utf8')).replace(/^version: .*$/m, `version: "${version}"`);
  await writeFile(manifest, change(text));
  return folder;
}
