#!/usr/bin/env node
// Links between the documents: every relative one leads to a file, and its anchor to a heading of it.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { read, root } from '../src/repository.ts';
import { Tally } from '../src/tally.ts';

const tally = new Tally();
const documents = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));
const anchors = new Map<string, Set<string>>();

for (const path of documents) {
  const problems = linksOf(read(path)).flatMap((link) => problemsOf(path, link));
  tally.expect(path, [...new Set(problems)]);
}
tally.finish();

/** Targets of links and of references, outside of code. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^(```|~~~).*?^\1/gms, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g), ...prose.matchAll(/^\[[^\]]+\]: (\S+)/gm)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

function problemsOf(from: string, link: string): string[] {
  const [file = '', anchor] = link.split('#');
  // A page of the running gateway, as in the text of the OpenAPI document.
  if (file.startsWith('/')) return [`${link}: begin at this file, not at the root`];
  const target = file === '' ? from : normalize(join(dirname(from), decodeURI(file)));
  if (target.startsWith('..') || !existsSync(join(root, target))) return [`${link}: ${target} is not there`];
  if (anchor === undefined) return [];
  if (!target.endsWith('.md') || statSync(join(root, target)).isDirectory()) return [];
  return headingsOf(target).has(anchor) ? [] : [`${link}: ${target} has no heading for #${anchor}`];
}

/** Anchors of a document's headings, as GitHub makes them. */
function headingsOf(path: string): Set<string> {
  const known = anchors.get(path);
  if (known) return known;
  const made = new Set<string>();
  for (const [, heading = ''] of read(path)
    .replace(/^(```|~~~).*?^\1/gms, '')
    .matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    let name = slug;
    for (let count = 1; made.has(name); count += 1) name = `${slug}-${count}`;
    made.add(name);
  }
  anchors.set(path, made);
  return made;
}
