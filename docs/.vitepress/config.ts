import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { anchorOf } from '../../scripts/dist/docs/pages.js';

// Pages are gathered by scripts/src/docs/write.ts: `npm run docs` does both.
const site = join(import.meta.dirname, '../.site');

type Item = DefaultTheme.SidebarItem;

/** A page by its path without an ending; its title is its first heading. */
function page(path: string, text = titleOf(path)): Item {
  return { text, link: `/${path}` };
}

function titleOf(path: string): string {
  const [, title = path] = /^# (.+)$/m.exec(readFileSync(join(site, `${path}.md`), 'utf8')) ?? [];
  return title.replaceAll('`', '').trim();
}

function pagesIn(folder: string, wanted: (name: string) => boolean = () => true): Item[] {
  return readdirSync(join(site, folder))
    .filter((name) => name.endsWith('.md') && name !== 'index.md' && wanted(name))
    .sort()
    .map((name) => page(`${folder}/${name.slice(0, -3)}`));
}

const groups: Item[] = [
  { text: 'Begin', items: [page('getting-started'), page('console'), page('cli')] },
  {
    text: 'Tutorials',
    items: [
      page('tutorials/what-does-it-smell-of'),
      page('tutorials/find-a-molecule'),
      page('tutorials/connect-an-electronic-nose'),
      page('tutorials/run-a-fleet-on-kubernetes'),
    ],
  },
  { text: 'How to', items: pagesIn('how-to') },
  {
    text: 'Chemists and perfumers',
    items: [
      page('models', 'The models'),
      page('descriptions'),
      page('safety'),
      page('client-python', 'Python client'),
    ],
  },
  {
    text: 'Builders of electronic noses',
    items: [
      page('sensors'),
      page('edge'),
      page('client-typescript', 'TypeScript client'),
      page('cli', 'Command line'),
    ],
  },
  {
    text: 'The API',
    items: [
      page('api'),
      page('reference/index', 'Reference'),
      page('authentication'),
      page('limits'),
      page('jobs'),
      page('open-inference'),
      page('changelog'),
      page('api-v2'),
    ],
  },
  {
    text: 'Platform engineers',
    items: [
      page('operations'),
      page('architecture'),
      page('images'),
      page('observability'),
      page('metrics'),
      page('performance'),
      page('overload'),
      page('scale'),
      page('optimisation'),
      page('practices'),
      page('privacy'),
      page('security'),
      ...pagesIn('operate'),
    ],
  },
  {
    text: 'Runbooks',
    collapsed: true,
    items: [page('runbooks/index', 'Which one?'), ...pagesIn('runbooks', (name) => /^[a-z]/.test(name))],
  },
  { text: 'Runbooks of alerts', collapsed: true, items: pagesIn('runbooks', (name) => /^[A-Z]/.test(name)) },
  { text: 'Model cards', collapsed: true, items: [...pagesIn('models'), page('training')] },
];

/** Pages that no group names have a group of their own, so that none is lost. */
function withTheRest(named: readonly Item[]): Item[] {
  const links = new Set(named.flatMap(({ items = [] }) => items.map(({ link }) => link)));
  const rest = readdirSync(site)
    .filter((name) => name.endsWith('.md') && name !== 'index.md')
    .map((name) => page(name.slice(0, -3)))
    .filter(({ link }) => !links.has(link));
  return rest.length > 0 ? [...named, { text: 'More', collapsed: true, items: rest }] : [...named];
}

export default defineConfig({
  title: 'Sillage',
  description:
    'Machine olfaction: what a molecule smells of, which would smell of this, what a sensor smells',
  lang: 'en-GB',
  srcDir: '.site',
  cleanUrls: false,
  // The site is read from any folder of a server, and asks nothing of other servers.
  base: process.env['DOCS_BASE'] ?? '/',
  markdown: {
    html: false,
    theme: { light: 'github-light', dark: 'github-dark' },
    anchor: { slugify: anchorOf },
    config: (md) => {
      const asCode = md.renderer.rules.fence;
      md.renderer.rules.fence = (tokens, at, ...rest) =>
        tokens[at]?.info.trim() === 'mermaid'
          ? `<MermaidDiagram graph="${encodeURIComponent(tokens[at].content)}" />`
          : (asCode?.(tokens, at, ...rest) ?? '');
    },
  },
  themeConfig: {
    nav: [
      { text: 'Tutorials', link: '/tutorials/what-does-it-smell-of' },
      { text: 'API guide', link: '/api' },
      { text: 'Reference', link: '/reference/' },
      { text: 'Operations', link: '/operations' },
    ],
    sidebar: {
      '/reference/': [
        { text: 'API reference', items: [page('reference/index', 'All routes'), ...pagesIn('reference')] },
      ],
      '/': withTheRest(groups),
    },
    search: { provider: 'local' },
    outline: [2, 3],
  },
});
