import { isLanguage, type Language, preferredLanguage } from './i18n/languages.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** What a person chose for this browser. Storage may be refused; then it holds until the page goes. */
function read(name: string): string | undefined {
  try {
    return localStorage.getItem(`sillage.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`sillage.${name}`, value);
  } catch {
    // As above.
  }
}

export function chosenLanguage(): Language {
  const chosen = read('language');
  return chosen !== undefined && isLanguage(chosen) ? chosen : preferredLanguage(navigator.languages);
}

export function keepLanguage(language: Language): void {
  keep('language', language);
}

export function chosenTheme(): Theme {
  const chosen = read('theme');
  return themes.find((theme) => theme === chosen) ?? 'system';
}

/** Shows a theme, and keeps it for the next time. */
export function applyTheme(theme: Theme): void {
  keep('theme', theme);
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
