import { posix } from 'node:path';

/** A file of the repository that is a page of the site. */
export interface Page {
  /** In the repository, for instance models/olfactory-base/3/README.md. */
  readonly source: string;
  /** In the site, for instance models/olfactory-base-3.md. */
  readonly path: string;
}

/** Documents outside docs/ that the site has too. */
const others: readonly (readonly [RegExp, string])[] = [
  [/^models\/([^/]+)\/([^/]+)\/README\.md$/, 'models/$1-$2.md'],
  [/^clients\/python\/README\.md$/, 'client-python.md'],
  [/^charts\/sillage\/README\.md$/, 'operate/chart.md'],
  [/^k8s\/README\.md$/, 'operate/k8s.md'],
  [/^terraform\/README\.md$/, 'operate/terraform.md'],
  [/^bench\/README\.md$/, 'operate/bench.md'],
  [/^training\/README\.md$/, 'training.md'],
  [/^CONTRIBUTING\.md$/, 'contributing.md'],
  [/^SECURITY\.md$/, 'security.md'],
  [/^CHANGELOG\.md$/, 'operate/changelog.md'],
];

/** The page that a file of the repository is; undefined where it is none. */
export function pageOf(source: string): Page | undefined {
  if (!source.endsWith('.md')) return undefined;
  if (source.startsWith('docs/')) {
    return { source, path: source.slice('docs/'.length).replace(/(^|\/)README\.md$/, '$1index.md') };
  }
  const rule = others.find(([pattern]) => pattern.test(source));
  return rule && { source, path: source.replace(...rule) };
}

/** Languages that the site's highlighter does not know. */
const unknownLanguages = /^(```|~~~)promql$/m;

/**
 * A document's links, as the site needs them: to pages by their place there; to other files of the repository, which
 * the site does not have, as their path in code. Throws for a link to nothing.
 */
export function siteText(text: string, source: string, isThere: (path: string) => boolean): string {
  const here = pageOf(source)?.path ?? source;
  const blocks = text.split(/(^(?:```|~~~).*?^(?:```|~~~)$)/ms);
  return blocks
    .map((block, index) =>
      index % 2 === 1 ? block.replace(unknownLanguages, '$1text') : siteLinks(block, source, here, isThere),
    )
    .join('');
}

function siteLinks(text: string, source: string, here: string, isThere: (path: string) => boolean): string {
  const to = (link: string) => siteLink(link, source, here, isThere);
  return text
    .replace(/\[((?:[^\]\\]|\\.)*)\]\(([^)\s]+)\)/g, (_, label: string, link: string) => {
      const target = to(link);
      return target.isPage ? `[${label}](${target.path})` : `${label} (\`${target.path}\`)`;
    })
    .replace(/^(\[[^\]]+\]: )(\S+)$/gm, (_, head: string, link: string) => {
      const target = to(link);
      if (!target.isPage) throw new Error(`${source}: ${link} is no page of the site; write it out`);
      return `${head}${target.path}`;
    });
}

/** Where a link of a document leads: to a page, an address, an asset, or to a file that the site does not have. */
function siteLink(
  link: string,
  source: string,
  here: string,
  isThere: (path: string) => boolean,
): { readonly isPage: boolean; readonly path: string } {
  if (/^(?:[a-z][a-z0-9+.-]*:|#|\/)/i.test(link)) return { isPage: true, path: link };
  const [file = '', anchor] = link.split('#');
  const target = posix.normalize(posix.join(posix.dirname(source), file)).replace(/\/$/, '');
  if (target.startsWith('..') || !isThere(target)) throw new Error(`${source}: ${link} leads to nothing`);
  const index = `${target}/README.md`;
  const page = pageOf(target) ?? (isThere(index) ? pageOf(index) : undefined);
  if (!page && target.startsWith('docs/pictures/')) return { isPage: true, path: link };
  if (!page) return { isPage: false, path: target };
  const path = posix.relative(posix.dirname(here), page.path);
  return {
    isPage: true,
    path: `${path.startsWith('.') ? path : `./${path}`}${anchor === undefined ? '' : `#${anchor}`}`,
  };
}

/** The anchor of a heading, as GitHub makes it, so that links work here and there. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');
}
