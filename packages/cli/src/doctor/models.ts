import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Finding, fail, ok, warn } from './finding.ts';

/** Beside the models: what `sha256sum` writes, of every file that the services load. */
export const sumsFile = 'SHA256SUMS';
const again =
  'bring the files again: `git checkout -- models` (with `git lfs pull` where LFS holds them), or the image';

/** Every folder of MODEL_PATH: there, with models, and their files as they were made. */
export async function checkModels(modelPath: string): Promise<Finding[]> {
  const folders = modelPath.split(delimiter).filter((folder) => folder !== '');
  return (await Promise.all(folders.map(checkFolder))).flat();
}

async function checkFolder(folder: string): Promise<Finding[]> {
  const about = await stat(folder).catch(() => undefined);
  if (!about?.isDirectory()) {
    const what = about ? 'is no folder' : 'is not there';
    return [
      fail(
        'models.present',
        `MODEL_PATH: ${folder} ${what}`,
        'MODEL_PATH=FOLDER that holds NAME/VERSION/manifest.yaml; of a checkout: models',
      ),
    ];
  }
  const versions = await versionsIn(folder);
  if (versions.length === 0) {
    return [
      fail(
        'models.present',
        `${folder} has no model`,
        'put models there as NAME/VERSION/manifest.yaml; of a checkout: MODEL_PATH=models',
      ),
    ];
  }
  const present = ok('models.present', `${folder}: ${versions.join(', ')}`);
  return [present, await checkSums(folder)];
}

async function versionsIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await foldersIn(folder)) {
    for (const version of await foldersIn(join(folder, name))) {
      const files = await readdir(join(folder, name, version));
      if (files.includes('manifest.yaml') || files.includes('model.onnx')) found.push(`${name} ${version}`);
    }
  }
  return found.toSorted();
}

async function checkSums(folder: string): Promise<Finding> {
  const check = 'models.whole';
  const sums = await readFile(join(folder, sumsFile), 'utf8').catch(() => undefined);
  if (sums === undefined) {
    const fix = `cd ${folder} && sha256sum */*/* > ${sumsFile}, where you know that the files are right`;
    return warn(check, `${folder} has no ${sumsFile}: whether its files are whole cannot be told`, fix);
  }
  const wanted = parseSums(sums);
  const wrong: string[] = [];
  for (const [file, sum] of wanted) {
    const own = await sumOf(join(folder, file)).catch(() => undefined);
    if (own === undefined) wrong.push(`${file} is missing`);
    else if (own !== sum) wrong.push(`${file} is damaged or another`);
  }
  if (wrong.length === 0) return ok(check, `${wanted.size} files of models are whole`);
  return fail(
    check,
    `${folder}: ${wrong.slice(0, 5).join(', ')}${wrong.length > 5 ? ` and ${wrong.length - 5} more` : ''}`,
    again,
  );
}

/** Lines of sha256sum, by file. */
export function parseSums(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)].map(([, sum = '', file = '']) => [file, sum] as const),
  );
}

/** SHA-256 of a file, hex. */
export async function sumOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file)) hash.update(bytes as Buffer);
  return hash.digest('hex');
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
}
