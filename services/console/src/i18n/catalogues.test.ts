import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { languages as languagesOfTheApi } from '@sillage/contracts';
import { type Catalogue, textOf } from './catalogue.ts';
import { languages, preferredLanguage } from './languages.ts';

const folder = import.meta.dirname;
const read = (language: string) =>
  JSON.parse(readFileSync(join(folder, `${language}.json`), 'utf8')) as Catalogue;
const english = read('en');
const flat = (catalogue: Catalogue) =>
  Object.entries(catalogue).flatMap(([section, texts]) =>
    Object.entries(texts).map(([name, text]) => [`${section}.${name}`, text] as const),
  );
const placesIn = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort().join();

test('the page speaks the languages of the API, each from a file of its own', () => {
  expect(Object.keys(languages).sort()).toEqual([...languagesOfTheApi].sort());
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  expect(files.sort()).toEqual([...languagesOfTheApi].map((code) => `${code}.json`).sort());
});

test.each(Object.keys(languages))(
  '%s has every text of English, with the same places, and no other',
  (language) => {
    const own = new Map(flat(read(language)));
    const originals = flat(english);
    expect([...own.keys()]).toEqual(originals.map(([key]) => key));
    for (const [key, text] of originals) {
      expect([key, own.get(key)?.trim()]).not.toEqual([key, '']);
      expect([key, placesIn(own.get(key) ?? '')]).toEqual([key, placesIn(text)]);
    }
  },
);

test('another language is a translation: few texts are the same as in English', () => {
  const originals = new Map(flat(english));
  for (const language of Object.keys(languages).filter((code) => code !== 'en')) {
    const same = flat(read(language)).filter(([key, text]) => originals.get(key) === text);
    expect([language, same.length / originals.size < 0.1]).toEqual([language, true]);
  }
});

test('places are filled, and the language of the browser is followed', () => {
  expect(textOf(english, 'common.requestId', { id: 'x' })).toBe('Request x');
  expect(textOf(english, 'common.requestId')).toBe('Request {id}');
  expect(preferredLanguage(['sv-SE', 'pt-BR', 'de'])).toBe('pt');
  expect(preferredLanguage(['sv'])).toBe('en');
});
