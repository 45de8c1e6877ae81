// The built site: every link leads to a page of it and every anchor to a place on that page; nothing is asked of another
// server; every page can be reached from the navigation.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const [, , site = 'docs/.vitepress/dist'] = process.argv;
const root = resolve(site);
const pages = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.html'),
);
const ids = new Map<string, Set<string>>();
const linked = new Set<string>(['index.html', '404.html']);
let links = 0;
let failed = 0;

function fail(text: string): void {
  failed += 1;
  console.log(`FAIL ${text}`);
}

function idsOf(page: string): Set<string> {
  const known = ids.get(page);
  if (known) return known;
  const html = readFileSync(join(root, page), 'utf8');
  const made = new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => plain(id)));
  ids.set(page, made);
  return made;
}

function plain(text: string): string {
  return text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'");
}

/** The file that an address of the site is. */
function fileOf(page: string, address: string): string {
  const path = decodeURI(address);
  const file = path.startsWith('/') ? join(root, path) : resolve(root, dirname(page), path);
  const candidates = path === '' ? [join(root, page)] : [file, `${file}.html`, join(file, 'index.html')];
  return relative(root, candidates.find((one) => existsSync(one) && !one.endsWith('/')) ?? file);
}

for (const page of pages) {
  const html = readFileSync(join(root, page), 'utf8');
  for (const [, tag = '', address = ''] of html.matchAll(
    /<(a|img|script|link)\b[^>]*?\s(?:href|src)="([^"]*)"/g,
  )) {
    const url = plain(address);
    if (/^[a-z][a-z0-9+.-]*:/i.test(url)) {
      // Readers may be sent elsewhere; the page itself loads nothing from there.
      if (tag !== 'a' && !url.startsWith('data:')) fail(`${page}: loads ${url}`);
      continue;
    }
    links += 1;
    const [path = '', anchor] = url.split('#');
    const file = fileOf(page, path);
    if (!existsSync(join(root, file))) fail(`${page}: ${url} leads to nothing`);
    else if (file.endsWith('.html')) {
      if (file !== page) linked.add(file);
      if (anchor && !idsOf(file).has(decodeURIComponent(anchor)))
        fail(`${page}: ${url}, ${file} has no such place`);
    }
  }
}
for (const page of pages) if (!linked.has(page)) fail(`${page}: no page leads to it`);
console.log(`docs: ${pages.length} pages, ${links} links`);
console.log(`${pages.length - Math.min(failed, pages.length)} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
