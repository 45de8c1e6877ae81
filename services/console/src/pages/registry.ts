import { Atom, CircleUser, Layers, type LucideIcon, Radio, ServerCog, Sparkles } from 'lucide-react';
import type { ComponentType } from 'react';
import type { TextKey } from '../i18n/catalogue.ts';

/** One page of the console. */
export interface PageEntry {
  readonly path: `/${string}`;
  /** In the navigation and as the title of the window. */
  readonly name: TextKey;
  readonly icon: LucideIcon;
  /** What the session must be good for; without it the page is not in the navigation. */
  readonly scope: string;
  /** Its code, fetched when it is first opened. */
  readonly load: () => Promise<{ readonly default: ComponentType }>;
}

/** All pages, in the order of the navigation: a page is here or it is nowhere. */
export const pages: readonly PageEntry[] = [
  {
    path: '/smell',
    name: 'nav.smell',
    icon: Atom,
    scope: 'predict',
    load: () => import('./smell/page.tsx'),
  },
  {
    path: '/create',
    name: 'nav.create',
    icon: Sparkles,
    scope: 'generate',
    load: () => import('./create/page.tsx'),
  },
  {
    path: '/batches',
    name: 'nav.batches',
    icon: Layers,
    scope: 'predict',
    load: () => import('./batches/page.tsx'),
  },
  {
    path: '/sensors',
    name: 'nav.sensors',
    icon: Radio,
    scope: 'sensors',
    load: () => import('./sensors/page.tsx'),
  },
  {
    path: '/account',
    name: 'nav.account',
    icon: CircleUser,
    scope: 'account',
    load: () => import('./account/page.tsx'),
  },
  {
    path: '/admin',
    name: 'nav.admin',
    icon: ServerCog,
    scope: 'admin',
    load: () => import('./admin/page.tsx'),
  },
];
