import { readFileSync } from 'node:fs';

/** Languages of the answers, the default first. All but English have a catalogue in `locales/`. */
export const languages = [
  'en',
  'de',
  'es',
  'fr',
  'it',
  'ja',
  'ko',
  'nl',
  'pl',
  'pt',
  'ru',
  'tr',
  'zh',
] as const;
export type Language = (typeof languages)[number];

/** What of the API is in words: titles of problems by code, odour notes by their English name. */
export interface Catalogue {
  readonly problems: Readonly<Record<string, string>>;
  readonly notes: Readonly<Record<string, string>>;
}

const catalogues = new Map<Language, Catalogue>();

/** The catalogue of a language, read when first asked for; none for English, which the API itself speaks. */
export function catalogueOf(language: Language): Catalogue | undefined {
  if (language === 'en') return undefined;
  let catalogue = catalogues.get(language);
  if (!catalogue) {
    const file = new URL(`../../locales/${language}.json`, import.meta.url);
    catalogue = JSON.parse(readFileSync(file, 'utf8')) as Catalogue;
    catalogues.set(language, catalogue);
  }
  return catalogue;
}

/**
 * JSON text with a `label` in this language behind every member `note` that the catalogue knows. It works on text so
 * that rows which are cached as text, in English, need not be parsed; inside a string of JSON a quote has a backslash
 * before it, so that only members can match.
 */
export function withNoteLabels(json: string, language: Language): string {
  const notes = catalogueOf(language)?.notes;
  if (!notes) return json;
  return json.replaceAll(/"note":"([a-z ]+)"/g, (member, note: string) =>
    Object.hasOwn(notes, note) ? `${member},"label":${JSON.stringify(notes[note])}` : member,
  );
}
