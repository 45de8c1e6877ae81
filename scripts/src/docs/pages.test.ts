import { expect, test } from '@jest/globals';
import { anchorOf, pageOf, siteText } from './pages.ts';

const files = new Set([
  'docs/api.md',
  'docs/runbooks/README.md',
  'docs/runbooks',
  'docs/pictures/smell.png',
  'models/olfactory-base/3/README.md',
  'charts/sillage/files/edges.yaml',
]);
const isThere = (path: string) => files.has(path);

test.each([
  ['docs/api.md', 'api.md'],
  ['docs/runbooks/README.md', 'runbooks/index.md'],
  ['models/olfactory-base/3/README.md', 'models/olfactory-base-3.md'],
  ['clients/python/README.md', 'client-python.md'],
])('%s is the page %s', (source, path) => {
  expect(pageOf(source)).toEqual({ source, path });
});

test('what is no document of the site is no page', () => {
  expect(pageOf('services/gateway/src/app.ts')).toBeUndefined();
  expect(pageOf('services/notes.md')).toBeUndefined();
});

test('links lead to the place of their page in the site; files that are no page are named', () => {
  const text = siteText(
    'See [the guide](../api.md#errors), [which](README.md), [the card](../../models/olfactory-base/3/README.md), ' +
      '[edges](../../charts/sillage/files/edges.yaml) and ![a picture](../pictures/smell.png).\n' +
      '```sh\ncat [not](a-link.md)\n```\n[ref]: ../api.md\n',
    'docs/runbooks/scaling.md',
    isThere,
  );
  expect(text).toBe(
    'See [the guide](../api.md#errors), [which](./index.md), [the card](../models/olfactory-base-3.md), ' +
      'edges (`charts/sillage/files/edges.yaml`) and ![a picture](../pictures/smell.png).\n' +
      '```sh\ncat [not](a-link.md)\n```\n[ref]: ../api.md\n',
  );
});

test('a link to nothing fails, with where it stands', () => {
  expect(() => siteText('[gone](gone.md)', 'docs/api.md', isThere)).toThrow(
    'docs/api.md: gone.md leads to nothing',
  );
});

test('anchors are those of GitHub', () => {
  expect(anchorOf('What does `this` molecule smell of?')).toBe('what-does-this-molecule-smell-of');
});
