import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { lexiconFile, odourNotes } from '../../evaluation-files.ts';
import { buildLexicon } from './build-lexicon.ts';
import { Descriptions } from './descriptions.ts';

const raw = z.record(z.string(), z.unknown()).parse(lexiconFile('en.yaml'));
const concepts = lexiconFile('concepts.yaml');
const labels = odourNotes();
const descriptions = new Descriptions([buildLexicon(raw, concepts, labels)]);

const understood = (text: string) => Object.fromEntries(descriptions.understand(text).weights);

test.each<[string, Record<string, number>]>([
  ['warm vanilla, slightly smoky, not floral', { warm: 0.8, vanilla: 1, smoky: 0.4, floral: -1 }],
  ['warm vanilla with a smoky edge', { warm: 0.8, vanilla: 1, smoky: 0.5 }],
  ['Vanilla', { vanilla: 1 }],
  ['VANILLA & MUSK', { vanilla: 1, musk: 1 }],
  ['neither floral nor sweet', { floral: -1, sweet: -1 }],
  ['not floral, but sweet', { floral: -1, sweet: 1 }],
  ['not floral but sweet', { floral: -1, sweet: 1 }],
  ['not sweet and smoky', { sweet: -1, smoky: 1 }],
  ['not sweet or smoky', { sweet: -1, smoky: -1 }],
  ['no rose, jasmine or lily', { rose: -1, jasmin: -1, lily: -1 }],
  ['no rose, woody', { rose: -1, woody: 1 }],
  ['without rose and jasmine', { rose: -1, jasmin: -1 }],
  ['vanilla. Avoid: floral, musk and rose. Smoky', { vanilla: 1, floral: -1, musk: -1, rose: -1, smoky: 1 }],
  ['Not: rose', { rose: -1 }],
  ['rose, not (really) musky', { rose: 1, musk: -1 }],
  ['vanilla (not floral) and musk', { vanilla: 1, floral: -1, musk: 1 }],
  ['wanted: rose, musk', { rose: 1, musk: 1 }],
  ['woody without anything sweet', { woody: 1, sweet: -1 }],
  ['free of musk. Citrus', { musk: -1, citrus: 1 }],
  ['musk-free citrus', { musk: -1, citrus: 1 }],
  ['hardly any smoke', { smoky: -1 }],
  ["I don't want floral notes", { floral: -1 }],
  ['I don’t like roses; more like leather', { rose: -1, leathery: 1 }],
  ["it isn't floral", { floral: -1 }],
  ['floral is not wanted', { floral: -1 }],
  ['very warm', { warm: 1 }],
  ['slightly warm', { warm: 0.32 }],
  ['a hint of smoke', { smoky: 0.3 }],
  ['hints of smoke and leather', { smoky: 0.3, leathery: 0.3 }],
  ['slightly smoky and sweet', { smoky: 0.4, sweet: 1 }],
  ['very slightly smoky', { smoky: 0.2 }],
  ['not too sweet', { sweet: 0.3 }],
  ['not too sweet or floral', { sweet: 0.3, floral: 0.3 }],
  ["ripe mango, but it isn't too sweet", { ripe: 0.8, tropical: 1, sweet: 0.3 }],
  ['more floral than fruity', { floral: 1, fruity: 0.3 }],
  ['a floral, not jasmine, scent with woody undertones', { floral: 1, jasmin: -1, woody: 0.4 }],
  ['not only sweet but spicy', { sweet: 1, spicy: 1 }],
  ['not without a hint of smoke', { smoky: 0.3 }],
  ['vanilla with leathery undertones', { vanilla: 1, leathery: 0.4 }],
  ['more citrus than floral', { citrus: 1, floral: 0.3 }],
  ['less sweet than woody', { sweet: 0.3, woody: 1 }],
  ['like sandalwood but without anything creamy', { sandalwood: 1, creamy: -1 }],
  ['not very sweet', { sweet: 0.3 }],
  ['avoid anything that smells of rose', { rose: -1 }],
  ['crisp green apples', { fresh: 0.8, green: 1, apple: 1 }],
  ['ambery chypre', { amber: 1, earthy: 1, woody: 0.8, bergamot: 0.6 }],
  ['lots of citrus, a dash of pepper', { citrus: 1, spicy: 0.3 }],
  ['lemony', { lemon: 1, citrus: 0.6 }],
  ['not lemony', { lemon: -1 }],
  ['lemony, not citrus', { lemon: 1, citrus: -1 }],
  ['gourmand', { sweet: 1, vanilla: 0.7, caramellic: 0.7, creamy: 0.4 }],
  ['not gourmand', { sweet: -1, caramellic: -1, chocolate: -1, vanilla: -1 }],
  ['vanilla but not gourmand', { vanilla: 1, sweet: -1, caramellic: -1, chocolate: -1 }],
  ['oud', { woody: 1, animal: 0.6, leathery: 0.5, smoky: 0.4, balsamic: 0.4 }],
  ['gasoline', { solvent: 1, gassy: 0.6, ethereal: 0.4 }],
  ['marine', { ozone: 1 }],
  ['an aquatic accord', { ozone: 1 }],
  ['lily of the valley', { muguet: 1 }],
  ['lily-of-the-valley and lily', { muguet: 1, lily: 1 }],
  ['orange blossom, not orange', { orangeflower: 1, orange: -1 }],
  ['black currant / blackcurrants', { 'black currant': 1 }],
  ['freshly cut grass after the rain', { grassy: 1, ozone: 1 }],
  ['Fougère', { lavender: 1, coumarinic: 0.8, aromatic: 0.8, earthy: 0.4 }],
  ['peachy, plummy and appley', { peach: 1, plum: 1, apple: 1 }],
  ['a scent of roses with something green', { rose: 1, green: 1 }],
  ['sweet, very sweet', { sweet: 1 }],
  ['sweet, but not too sweet', { sweet: 0.3 }],
  ['sweet. No sugar!', { sweet: -1 }],
  ['smoke + leather', { smoky: 1, leathery: 1 }],
  ['dry cedar and leather, without anything sweet', { dry: 0.8, cedar: 1, leathery: 1, sweet: -1 }],
])('%p', (text, expected) => {
  expect(understood(text)).toEqual(expected);
  expect(descriptions.understand(text).unrecognised).toEqual([]);
});

test.each([
  'the quick brown fox',
  'the cat sat on the mat',
  '2+2',
  '',
  '   ',
  '!!!',
  'not',
  'very',
  'a hint of',
  '🌹',
])('%p says nothing about smell, and something is offered', (text) => {
  expect(understood(text)).toEqual({});
  const { notes, examples } = descriptions.suggest(text);
  expect(notes.length).toBeGreaterThan(0);
  expect(labels).toEqual(expect.arrayContaining([...notes]));
  for (const example of examples) {
    expect(descriptions.understand(example).weights.size).toBeGreaterThan(1);
    expect(descriptions.understand(example).unrecognised).toEqual([]);
  }
});

test('every odour note is understood by its own name', () => {
  for (const note of labels) expect(Object.keys(understood(note))).toEqual([note]);
});

test('words of the text keep their places, and unknown ones are reported once', () => {
  const text = 'Warm vanilla like grandma; not FLORAL, like grandma';
  const { spans, unrecognised, language } = descriptions.understand(text);
  expect(spans.map((span) => [text.slice(span.start, span.end), span.notes, span.weight])).toEqual([
    ['Warm', ['warm'], 0.8],
    ['vanilla', ['vanilla'], 1],
    ['FLORAL', ['floral'], -1],
  ]);
  expect(unrecognised).toEqual(['grandma']);
  expect(language).toBe('en');
});

test.each([
  ['vanila', 'vanilla'],
  ['sandelwood', 'sandalwood'],
  ['cinammon', 'cinnamon'],
  ['jasmyne', 'jasmin'],
])('%p suggests %p first', (text, note) => {
  expect(descriptions.suggest(text).notes[0]).toBe(note);
});

test('a region is read as its language; another language and a long text are refused by field', () => {
  expect(descriptions.understand('vanilla', 'en-GB').weights.size).toBe(1);
  expect(() => descriptions.understand('vanille', 'xx')).toThrow('language must be one of en');
  expect(() => descriptions.understand('a'.repeat(2001))).toThrow(
    expect.objectContaining({
      code: 'invalid_input',
      errors: [expect.objectContaining({ pointer: '/description' })],
    }),
  );
});

test('long and hostile texts are read in little time', () => {
  const texts = [
    'not '.repeat(500),
    'a hint of '.repeat(200),
    ','.repeat(2000),
    'x'.repeat(2000),
    'no rose,'.repeat(250),
  ];
  for (const text of [...texts, "'".repeat(2000), 'ab '.repeat(666), 'vanilla or '.repeat(181)]) {
    const began = performance.now();
    descriptions.understand(text);
    descriptions.suggest(text);
    // Measured at under 20 ms on one core; quadratic reading would take seconds.
    expect(performance.now() - began).toBeLessThan(1000);
  }
});

test('a lexicon that misses a note, names an unknown one or says a word twice is refused', () => {
  const notes = z.record(z.string(), z.string()).parse(raw.notes);
  const { vanilla: _, ...others } = notes;
  const build = (change: object) => () => buildLexicon({ ...raw, ...change }, concepts, labels);
  expect(build({ notes: others })).toThrow('no word for vanilla');
  expect(build({ notes: { ...notes, flint: 'flint' } })).toThrow('flint is no odour note');
  expect(build({ and: `${raw.and}, vanilla` })).toThrow('"vanilla" has two meanings');
  expect(build({ concepts: { flint: 'flint' } })).toThrow('flint is no concept');
  expect(build({ attached_before: "d'" })).toThrow('"d\'" is attached but says nothing');
});
