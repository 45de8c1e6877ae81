import { createContext, useContext, useMemo } from 'react';
import { type TextKey, textOf, type Words } from './catalogue.ts';

export const WordsContext = createContext<Words | undefined>(undefined);

/** Texts, notes and numbers in the language of the page. */
export function useText() {
  const words = useContext(WordsContext);
  if (!words) throw new Error('there is no language yet');
  return useMemo(
    () => ({
      language: words.language,
      /** The text of a key, its `{places}` filled. */
      t: (key: TextKey, values?: Readonly<Record<string, string | number>>) =>
        textOf(words.texts, key, values),
      /** An odour note in this language. */
      note: (name: string) => words.notes[name] ?? name,
      number: (value: number, options?: Intl.NumberFormatOptions) =>
        new Intl.NumberFormat(words.language, options).format(value),
      percent: (value: number) =>
        new Intl.NumberFormat(words.language, { style: 'percent', maximumFractionDigits: 0 }).format(value),
      date: (value: string | number | Date, options: Intl.DateTimeFormatOptions = { dateStyle: 'medium' }) =>
        new Intl.DateTimeFormat(words.language, options).format(new Date(value)),
    }),
    [words],
  );
}
