import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { BookOpen, LogOut, Menu as MenuIcon, X } from 'lucide-react';
import { Suspense, useEffect, useState } from 'react';
import { watchSignedOut } from '../api/client.ts';
import { forgetSession, isAnswer, sessionQuery, signOut } from '../api/session.ts';
import { useText } from '../i18n/use-text.ts';
import { pages } from '../pages/registry.ts';
import { Button, Dialog, Notice, ProblemNotice } from '../ui/index.ts';
import { PageLoading } from './page-loading.tsx';
import { Preferences } from './preferences.tsx';
import { SignInForm } from './sign-in.tsx';
import { Wordmark } from './wordmark.tsx';

/** The frame of every page: who is signed in, where one can go, and where one is. */
export function Shell() {
  const { data: session, error, isPending, refetch } = useQuery(sessionQuery);
  if (error) {
    return (
      <Welcome>
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      </Welcome>
    );
  }
  if (isPending) return null;
  if (session === null) {
    return (
      <Welcome>
        <SignInForm />
      </Welcome>
    );
  }
  return <SignedIn scopes={session.scopes} isSession={session.csrf_token !== undefined} />;
}

function Welcome({ children }: { readonly children: React.ReactNode }) {
  const { t } = useText();
  return (
    <main className="welcome">
      <div className="welcome-card">
        <Wordmark />
        <div className="stack tight">
          <h1>{t('signIn.title')}</h1>
          <p className="soft">{t('signIn.lead')}</p>
        </div>
        {children}
        <Preferences />
      </div>
    </main>
  );
}

function SignedIn({
  scopes,
  isSession,
}: {
  readonly scopes: readonly string[];
  readonly isSession: boolean;
}) {
  const { t } = useText();
  const queries = useQueryClient();
  const { pathname } = useLocation();
  const [isOpen, setOpen] = useState(false);
  const open = pages.filter(({ scope }) => scopes.includes(scope));
  const here = pages.find(({ path }) => pathname === path || pathname.startsWith(`${path}/`));
  useEffect(() => {
    document.title = here ? `${t(here.name)} · Sillage` : 'Sillage';
  }, [here, t]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is what closes it
  useEffect(() => setOpen(false), [pathname]);
  const leave = async () => {
    await signOut().catch(() => {});
    forgetSession(queries);
  };
  return (
    <div className="shell" data-menu={isOpen ? 'open' : 'closed'}>
      <a className="skip" href="#content">
        {t('common.skip')}
      </a>
      <header className="topbar">
        <Link to="/">
          <Wordmark />
        </Link>
        <Button
          variant="ghost"
          shape="icon"
          aria-label={t(isOpen ? 'common.closeMenu' : 'common.openMenu')}
          aria-expanded={isOpen}
          onPress={() => setOpen(!isOpen)}
        >
          {isOpen ? <X aria-hidden size={20} /> : <MenuIcon aria-hidden size={20} />}
        </Button>
      </header>
      <div className="side">
        <Link to="/" className="side-brand">
          <Wordmark />
        </Link>
        <nav aria-label={t('common.navigation')}>
          <ul>
            {open.map(({ path, name, icon: Icon }) => (
              <li key={path}>
                <Link to={path} className="side-link" activeOptions={{ includeSearch: false }}>
                  <Icon aria-hidden size={18} strokeWidth={1.8} />
                  {t(name)}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="side-foot">
          <a className="side-link" href="/docs">
            <BookOpen aria-hidden size={18} strokeWidth={1.8} />
            {t('nav.reference')}
          </a>
          {isSession && (
            <button type="button" className="side-link" onClick={() => void leave()}>
              <LogOut aria-hidden size={18} strokeWidth={1.8} />
              {t('nav.signOut')}
            </button>
          )}
          <Preferences />
        </div>
      </div>
      <main id="content" className="content" tabIndex={-1}>
        {here && !scopes.includes(here.scope) ? (
          <Notice tone="warn" title={t('common.notAllowed')}>
            <p>{t('common.notAllowedHelp', { scope: here.scope })}</p>
          </Notice>
        ) : (
          <Suspense fallback={<PageLoading />}>
            <Outlet />
          </Suspense>
        )}
      </main>
      <SessionEnded />
    </div>
  );
}

/** Over the page when the session ends in mid-work: what was typed stays, and goes on after signing in again. */
function SessionEnded() {
  const { t } = useText();
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => watchSignedOut(() => setOpen(true)), []);
  const goOn = () => {
    setOpen(false);
    void queries.invalidateQueries({ predicate: isAnswer });
  };
  return (
    <Dialog title={t('signIn.ended')} isOpen={isOpen} onClose={() => setOpen(false)} isForced>
      <p className="soft">{t('signIn.endedHelp')}</p>
      <SignInForm onDone={goOn} />
    </Dialog>
  );
}
