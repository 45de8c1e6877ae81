// Gathers the site's pages in docs/.site: the documents of the repository with their links as the site needs them, and
// the API reference. VitePress builds from there (docs/.vitepress/config.ts).
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openApiDocument } from '@sillage/contracts/openapi';
import { pageOf, siteText } from './pages.ts';
import { type ApiDocument, referencePages } from './reference.ts';

const root = join(import.meta.dirname, '../../..');
const site = join(root, 'docs/.site');

function write(path: string, text: string): void {
  mkdirSync(dirname(join(site, path)), { recursive: true });
  writeFileSync(join(site, path), text);
}

rmSync(site, { recursive: true, force: true });
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
}).split('\n');
const isThere = (path: string) => existsSync(join(root, path));
let pages = 0;
for (const source of files) {
  const page = pageOf(source);
  if (!page || !isThere(source)) continue;
  write(page.path, siteText(readFileSync(join(root, source), 'utf8'), source, isThere));
  pages += 1;
}
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const reference = referencePages(openApiDocument({ version }) as ApiDocument);
for (const [name, text] of Object.entries(reference)) write(`reference/${name}`, text);
if (isThere('docs/pictures'))
  cpSync(join(root, 'docs/pictures'), join(site, 'pictures'), { recursive: true });
// What draws diagrams (docs/.vitepress/theme), as its package ships it.
mkdirSync(join(site, 'public'), { recursive: true });
cpSync(join(root, 'docs/node_modules/mermaid/dist/mermaid.min.js'), join(site, 'public/mermaid.min.js'));
console.log(`docs/.site: ${pages} documents and ${Object.keys(reference).length} pages of the API reference`);
