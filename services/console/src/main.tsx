import '@fontsource-variable/fraunces/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/ui.css';
import './shell/shell.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api/problem.ts';
import { sessionQuery } from './api/session.ts';
import { LanguageProvider } from './i18n/language-provider.tsx';
import { loadWords } from './i18n/load.ts';
import { router } from './router.tsx';
import { applyTheme, chosenLanguage, chosenTheme } from './settings.ts';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // Refusals stay what they are; what is away or overloaded may be back.
      retry: (failures, error) =>
        failures < 2 && (!(error instanceof ApiError) || error.problem.status === 503),
    },
  },
});

applyTheme(chosenTheme());
// Asked for while the language is on its way.
void queries.prefetchQuery(sessionQuery);
const words = await loadWords(chosenLanguage());
const place = document.getElementById('root');
if (!place) throw new Error('the page has no #root');
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <LanguageProvider first={words}>
        <RouterProvider router={router} />
      </LanguageProvider>
    </QueryClientProvider>
  </StrictMode>,
);
