import type english from './en.json';
import type { Language } from './languages.ts';

export type Catalogue = typeof english;

/** `section.key` of every text. */
export type TextKey = {
  [Section in keyof Catalogue]: `${Section}.${keyof Catalogue[Section] & string}`;
}[keyof Catalogue];

/** Texts of a language, and its words for odour notes by their English names. */
export interface Words {
  readonly language: Language;
  readonly texts: Catalogue;
  readonly notes: Readonly<Record<string, string>>;
}

/** A text with its `{places}` filled. */
export function textOf(
  texts: Catalogue,
  key: TextKey,
  values: Readonly<Record<string, string | number>> = {},
): string {
  const [section = '', name = ''] = key.split('.', 2);
  const group = (texts as Readonly<Record<string, Readonly<Record<string, string>>>>)[section];
  return (group?.[name] ?? key).replaceAll(/\{(\w+)\}/g, (place, value: string) =>
    Object.hasOwn(values, value) ? String(values[value]) : place,
  );
}
