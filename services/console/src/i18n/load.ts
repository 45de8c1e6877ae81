import type { Catalogue, Words } from './catalogue.ts';
import type { Language } from './languages.ts';

const texts = import.meta.glob<Catalogue>('./*.json', { import: 'default' });
/** The API's own words for the notes: said the same everywhere. */
const notes = import.meta.glob<Readonly<Record<string, string>>>(
  '../../../../packages/contracts/locales/*.json',
  { import: 'notes' },
);

/** A language's words, fetched when it is first spoken. */
export async function loadWords(language: Language): Promise<Words> {
  const [own, ofNotes] = await Promise.all([
    texts[`./${language}.json`]?.(),
    notes[`../../../../packages/contracts/locales/${language}.json`]?.(),
  ]);
  if (!own) throw new Error(`there is no catalogue ${language}.json`);
  return { language, texts: own, notes: ofNotes ?? {} };
}
