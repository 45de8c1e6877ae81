import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { catalogueOf, type Language, languages, withNoteLabels } from '@sillage/contracts';
import { AppError, errorKinds } from '@sillage/kit';
import type { Request } from 'express';
import express from 'express';
import { languageOf, problemOf } from './language.ts';

const models = new URL('../../../../models/olfactory-base/', import.meta.url);
const labels = new Set(
  readdirSync(models).flatMap((version) => {
    const manifest = readFileSync(new URL(`${version}/manifest.yaml`, models), 'utf8');
    return [...(manifest.split(/^labels:$/m)[1] ?? '').matchAll(/^ {2}- (.+)$/gm)].map(([, label]) => label);
  }),
);
const translated = languages.filter((language) => language !== 'en');

test('twelve languages beside English, each of them with a catalogue and no catalogue beside them', () => {
  expect(translated.length).toBeGreaterThanOrEqual(12);
  const folder = new URL('../../../../packages/contracts/locales/', import.meta.url);
  expect(readdirSync(folder).sort()).toEqual(translated.map((language) => `${language}.json`).sort());
});

describe.each(translated)('the catalogue of %s', (language) => {
  const { problems, notes } = catalogueOf(language) ?? { problems: {}, notes: {} };

  test('has a title for every code of the taxonomy and no other', () => {
    expect(Object.keys(problems).sort()).toEqual(Object.keys(errorKinds).sort());
  });

  test('has a word for every odour note of every model and no other', () => {
    expect(labels.size).toBe(138);
    expect(Object.keys(notes).sort()).toEqual([...labels].sort());
  });

  test('has no empty word and none with space around it', () => {
    for (const word of [...Object.values(problems), ...Object.values(notes)]) {
      expect(word).toMatch(/^\S(.*\S)?$/);
    }
  });
});

test.each<[string | undefined, Language]>([
  [undefined, 'en'],
  ['', 'en'],
  ['de', 'de'],
  ['DE-at', 'de'],
  ['pt-BR,pt;q=0.9,en;q=0.8', 'pt'],
  ['zh-Hant-TW', 'zh'],
  ['fr;q=0.2, ja;q=0.7', 'ja'],
  ['xx, ko;q=0.1', 'ko'],
  ['xx', 'en'],
  ['*', 'en'],
  ['de;q=0', 'en'],
  ['en, de', 'en'],
  [';;;,=,q=', 'en'],
])('Accept-Language %j is answered in %s', (header, language) => {
  const request = Object.create(express.request) as Request;
  request.headers = header === undefined ? {} : { 'accept-language': header };
  expect(languageOf(request)).toBe(language);
});

test('a label stands beside every note that is known, and nothing else changes', () => {
  const answer = {
    notes: [
      { note: 'black currant', probability: 0.5 },
      { note: 'moon dust', probability: 0.1 },
    ],
    input: '"note":"rose"',
    attribution: { note: 'rose', atoms: [1] },
  };
  expect(JSON.parse(withNoteLabels(JSON.stringify(answer), 'fr'))).toEqual({
    ...answer,
    notes: [{ note: 'black currant', label: 'cassis', probability: 0.5 }, answer.notes[1]],
    attribution: { note: 'rose', label: 'rose', atoms: [1] },
  });
  expect(withNoteLabels(JSON.stringify(answer), 'en')).toBe(JSON.stringify(answer));
});

test('the title of a problem is in the language asked for; its code never is', () => {
  const failure = new AppError('not_found', 'there is no such route');
  const about = { url: '/nowhere?x=1', requestId: 'r' };
  expect(problemOf(failure, { ...about, language: 'es' })).toMatchObject({
    title: 'No encontrado',
    code: 'not_found',
    instance: '/nowhere',
  });
  expect(problemOf(failure, { ...about, language: 'en' }).title).toBe('Not found');
});
