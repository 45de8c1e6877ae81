import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { buildLexicon } from '../domain/description/build-lexicon.ts';
import { Descriptions } from '../domain/description/descriptions.ts';
import type { Lexicon } from '../domain/description/lexicon.ts';

const folder = join(import.meta.dirname, '..', '..', 'lexicon');

/**
 * The languages in which descriptions are read, English first.
 * Throws an Error that names every fault of a lexicon, among them a note of the model without a word.
 */
export async function loadDescriptions(notes: readonly string[]): Promise<Descriptions> {
  const read = async (file: string): Promise<unknown> => parse(await readFile(join(folder, file), 'utf8'));
  const concepts = await read('concepts.yaml');
  const files = (await readdir(folder)).filter(
    (file) => /^[a-z]{2,3}\.yaml$/.test(file) && file !== 'en.yaml',
  );
  const lexicons: [Lexicon, ...Lexicon[]] = [buildLexicon(await read('en.yaml'), concepts, notes)];
  for (const file of files.sort()) lexicons.push(buildLexicon(await read(file), concepts, notes));
  return new Descriptions(lexicons);
}
