import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useLayoutEffect, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import { setApiLanguage } from '../api/client.ts';
import { isAnswer } from '../api/session.ts';
import { keepLanguage } from '../settings.ts';
import type { Words } from './catalogue.ts';
import type { Language } from './languages.ts';
import { loadWords } from './load.ts';
import { WordsContext } from './use-text.ts';

const ChangeContext = createContext<(language: Language) => Promise<void>>(async () => {});

/** Changes the language of the page; resolves when it speaks it. */
export function useChangeLanguage(): (language: Language) => Promise<void> {
  return useContext(ChangeContext);
}

/** The language of all below; `first` is loaded before anything is shown. */
export function LanguageProvider({
  first,
  children,
}: {
  readonly first: Words;
  readonly children: ReactNode;
}) {
  const [words, setWords] = useState(first);
  const queries = useQueryClient();
  setApiLanguage(words.language);
  useLayoutEffect(() => {
    document.documentElement.lang = words.language;
  }, [words]);
  const change = async (language: Language) => {
    const next = await loadWords(language);
    keepLanguage(language);
    setApiLanguage(language);
    setWords(next);
    // Answers name notes and problems in the language they were asked for in.
    await queries.invalidateQueries({ predicate: isAnswer });
  };
  return (
    <ChangeContext value={change}>
      <WordsContext value={words}>
        <I18nProvider locale={words.language}>{children}</I18nProvider>
      </WordsContext>
    </ChangeContext>
  );
}
