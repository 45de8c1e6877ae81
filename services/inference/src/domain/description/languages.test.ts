import { describe, expect, test } from '@jest/globals';
import { odourNotes } from '../../evaluation-files.ts';
import { loadDescriptions } from '../../serving/load-descriptions.ts';

const descriptions = await loadDescriptions(odourNotes());
const understood = (text: string) => Object.fromEntries(descriptions.understand(text).weights);

// One line a language: denial, strength, comparison both ways, a list denied.
const cases: Record<string, [string, Record<string, number>][]> = {
  fr: [
    ['plus boisé que floral', { woody: 1, floral: 0.3 }],
    ['moins sucré que boisé', { sweet: 0.3, woody: 1 }],
    ['plutôt agrumes que floral', { citrus: 1, floral: 0.3 }],
    ['sans rose, jasmin ni muguet', { rose: -1, jasmin: -1, muguet: -1 }],
    ["ce n'est pas floral", { floral: -1 }],
    ["vanille légère et une pointe d'ambre", { vanilla: 0.4, amber: 0.3 }],
    ['un chypre moderne', { earthy: 1, woody: 0.8, bergamot: 0.6 }],
  ],
  de: [
    ['mehr Zitrus als Blumen', { citrus: 1, floral: 0.3 }],
    ['weniger süß als holzig', { sweet: 0.3, woody: 1 }],
    ['zuckerfreier Kaffee ohne Vanille und Zimt', { sweet: -1, coffee: 1, vanilla: -1, cinnamon: -1 }],
    ['Kamillentee, nicht zu süß', { chamomile: 1, tea: 1, sweet: 0.3 }],
    ['nicht blumig, sondern holzig', { floral: -1, woody: 1 }],
  ],
  es: [
    ['más cítrico que floral', { citrus: 1, floral: 0.3 }],
    ['ni floral ni dulce', { floral: -1, sweet: -1 }],
    ['vainilla con un toque de humo', { vanilla: 1, smoky: 0.4 }],
  ],
  it: [
    ['più agrumato che floreale', { citrus: 1, floral: 0.3 }],
    ['non è floreale, un accenno di cuoio', { floral: -1, leathery: 0.3 }],
  ],
  pt: [
    ['mais amadeirado do que doce', { woody: 1, sweet: 0.3 }],
    ['sem rosa nem jasmim', { rose: -1, jasmin: -1 }],
  ],
  nl: [
    ['meer citrus dan bloemen', { citrus: 1, floral: 0.3 }],
    ['suikervrije koffie, een vleugje rook', { sweet: -1, coffee: 1, smoky: 0.3 }],
  ],
  pl: [
    ['bardziej cytrusowy niż kwiatowy', { citrus: 1, floral: 0.3 }],
    ['nie za słodki, bez róży i jaśminu', { sweet: 0.3, rose: -1, jasmin: -1 }],
  ],
  ru: [
    ['скорее древесный, чем цветочный', { woody: 1, floral: 0.3 }],
    ['не слишком сладкий, без розы и жасмина', { sweet: 0.3, rose: -1, jasmin: -1 }],
  ],
  tr: [
    ['çiçekten çok narenciye', { floral: 0.3, citrus: 1 }],
    ['gül ve yasemin olmadan odunsu', { rose: -1, jasmin: -1, woody: 1 }],
    ['ŞEKERSİZ KAHVE', { sweet: -1, coffee: 1 }],
    ['çok tatlı değil', { sweet: 0.3 }],
  ],
  ar: [
    ['أكثر حمضية من الزهور', { citrus: 1, floral: 0.3 }],
    ['ورد بدون مسك ولا عنبر', { rose: 1, musk: -1, amber: -1 }],
    ['ليس زهريا بل خشبي', { floral: -1, woody: 1 }],
  ],
  hi: [
    ['फूलों से ज़्यादा नींबू', { floral: 0.3, lemon: 1 }],
    ['गुलाब और चमेली के बिना, लकड़ी जैसा', { rose: -1, jasmin: -1, woody: 1 }],
    ['मीठा नहीं', { sweet: -1 }],
  ],
  zh: [
    ['比花香更柑橘', { floral: 0.3, citrus: 1 }],
    ['柑橘比花香更浓', { citrus: 1, floral: 0.3 }],
    ['没有玫瑰、茉莉或百合', { rose: -1, jasmin: -1, lily: -1 }],
    ['溫暖的香草，略帶煙燻，不要花香', { warm: 0.8, vanilla: 1, smoky: 0.4, floral: -1 }],
    ['不太甜的木质香', { sweet: 0.3, woody: 1 }],
  ],
  ja: [
    ['花の香りよりもシトラスが強い', { floral: 0.3, citrus: 1 }],
    ['バラとジャスミンなし、ウッディ', { rose: -1, jasmin: -1, woody: 1 }],
    ['甘すぎないバニラ', { sweet: 0.3, vanilla: 1 }],
    ['フローラルではなくウッディ', { floral: -1, woody: 1 }],
    ['ｳｯﾃﾞｨでﾊﾞﾆﾗ', { woody: 1, vanilla: 1 }],
  ],
  ko: [
    ['꽃향보다 시트러스가 강한', { floral: 0.3, citrus: 1 }],
    ['장미보다 덜 달콤한', { rose: 1, sweet: 0.3 }],
    ['장미와 재스민 없이 우디한 향', { rose: -1, jasmin: -1, woody: 1 }],
    ['너무 달지 않은 바닐라', { sweet: 0.3, vanilla: 1 }],
  ],
};

describe.each(Object.entries(cases))('%s', (language, texts) => {
  test.each(texts)('%s', (text, expected) => {
    expect(understood(text)).toEqual(expected);
    expect(descriptions.understand(text).unrecognised).toEqual([]);
    const { language: found, alternatives } = descriptions.understand(text);
    expect([found, ...alternatives]).toContain(language);
  });
});

test('examples of every language are understood word by word, in their language', () => {
  for (const language of descriptions.languages) {
    const { examples } = descriptions.suggest('zzz', language);
    for (const example of examples) {
      const { weights, unrecognised, language: found } = descriptions.understand(example);
      expect([example, weights.size > 2, unrecognised, found]).toEqual([example, true, [], language]);
    }
  }
});

test('a word that several languages share is read in the first, and the others are named', () => {
  expect(descriptions.understand('rosa')).toMatchObject({ language: 'es', alternatives: ['it', 'pt'] });
  expect(descriptions.understand('rosa', 'pt')).toMatchObject({ language: 'pt', alternatives: [] });
  expect(descriptions.understand('薔薇').language).toBe('zh');
  expect(descriptions.understand('薔薇の香り').language).toBe('ja');
});

test.each([
  ['Καλησπέρα βανίλια', 'Greek'],
  ['וניל חם', 'Hebrew'],
  ['วานิลลา', 'Thai'],
])('%s is in a script that no lexicon has, and the languages are named', (text, script) => {
  const refusal = expect.objectContaining({
    code: 'not_understood',
    message: expect.stringContaining(script),
    errors: [{ pointer: '/description', detail: expect.stringMatching(/en, .*ar.*zh/) }],
  });
  expect(() => descriptions.understand(text)).toThrow(refusal);
  expect(() => descriptions.suggest(text)).toThrow(refusal);
  expect(() => descriptions.understand(text, 'el')).toThrow(/language must be one of en, .*zh/);
});

test('mixed languages, emoji, direction marks, full-width forms, capitals', () => {
  expect(understood('ＷＡＲＭ ＶＡＮＩＬＬＡ，no ＲＯＳＥ')).toEqual({ warm: 0.8, vanilla: 1, rose: -1 });
  expect(understood('\u202Bعنبر\u202C و \u200Fمسك')).toEqual({ amber: 1, musk: 1 });
  expect(understood('ваниль 🌹 и МУСК\u00ADУС')).toEqual({ vanilla: 1, musk: 1 });
  expect(understood('vanilla, musk and 玫瑰')).toEqual({ vanilla: 1, musk: 1 });
  expect(descriptions.understand('vanilla, musk and 玫瑰').unrecognised).toEqual(['玫瑰']);
  expect(understood('VANI\u200BLLA')).toEqual({ vanilla: 1 });
});

// A reading that takes more than linear time does not end within jest's limit.
test('2,000 characters of anything are read or refused', () => {
  const seeds = [
    'a',
    'barm ',
    'ch',
    '花',
    'は',
    'ない',
    '꽃',
    '보다',
    'ﾞ',
    'ال',
    'والبال',
    'फ',
    '़',
    '\u0301',
    '🌹',
    "d'",
    '\u202e',
  ];
  const texts = [
    ...seeds,
    'gülden ',
    'rose ni ',
    '不',
    '比花香更',
    'siz',
    'лесленлен',
    'kamillekamille',
    '(',
    '1',
    '\ud800',
  ].map((seed) => seed.repeat(2000).slice(0, 2000));
  // A random text of each script, the same at each run.
  for (const [from, size] of [
    [0x20, 0x60],
    [0x400, 0x100],
    [0x600, 0x100],
    [0x900, 0x80],
    [0x3040, 0xc0],
    [0x4e00, 0x5000],
    [0xac00, 0x2ba0],
    [0, 0xffff],
  ] as const) {
    // Multiplying by a number that shares no factor with the modulus walks through the whole range.
    const codes = Array.from({ length: 2000 }, (_, index) => from + ((index * 48271) % size));
    texts.push(String.fromCharCode(...codes));
  }
  for (const text of texts) {
    for (const language of [undefined, 'en', 'de', 'ja', 'ko', 'tr']) {
      try {
        descriptions.understand(text, language);
        descriptions.suggest(text, language);
      } catch (error) {
        expect(error).toMatchObject({ code: 'not_understood' });
      }
    }
  }
});
