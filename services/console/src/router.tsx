import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { pages } from './pages/registry.ts';
import { Missing } from './shell/missing.tsx';
import { PageFailed } from './shell/page-failed.tsx';
import { PageLoading } from './shell/page-loading.tsx';
import { Shell } from './shell/shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: Missing });

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: pages[0]?.path ?? '/', replace: true });
  },
});

/** What a page keeps of its state in the address: texts alone. */
function textsOf(search: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(search).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

const children = pages.map(({ path, load }) =>
  createRoute({
    getParentRoute: () => root,
    path,
    validateSearch: textsOf,
    component: lazyRouteComponent(load),
  }),
);

export const router = createRouter({
  routeTree: root.addChildren([start, ...children]),
  defaultPreload: 'intent',
  defaultPendingComponent: PageLoading,
  defaultErrorComponent: PageFailed,
  scrollRestoration: true,
  // Texts as they are: an address that a person can read and send on.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const text = new URLSearchParams(textsOf(search)).toString();
    return text === '' ? '' : `?${text}`;
  },
});
