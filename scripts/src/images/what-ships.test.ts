import { expect, test } from '@jest/globals';
import { ships } from './what-ships.ts';

const x64 = { system: 'linux', processor: 'x64' };
const inRuntime = 'node_modules/.pnpm/onnxruntime-node@1.30.0/node_modules/onnxruntime-node/bin/napi-v6';

test('binaries ship for one platform alone', () => {
  expect(ships(`${inRuntime}/linux/x64/libonnxruntime.so.1`, x64)).toBe(true);
  expect(ships(`${inRuntime}/linux/arm64/libonnxruntime.so.1`, x64)).toBe(false);
  expect(ships(`${inRuntime}/win32/x64/onnxruntime.dll`, x64)).toBe(false);
  expect(ships(`${inRuntime}/linux/arm64/libonnxruntime.so.1`, { ...x64, processor: 'arm64' })).toBe(true);
});

test('and so do those that prebuildify laid out', () => {
  const prebuilds = 'node_modules/.pnpm/a@1.0.0/node_modules/a/prebuilds';
  expect(ships(`${prebuilds}/linux-x64/a.glibc.node`, x64)).toBe(true);
  expect(ships(`${prebuilds}/linux-arm64/a.glibc.node`, x64)).toBe(false);
  expect(ships(`${prebuilds}/darwin-x64+arm64/a.node`, x64)).toBe(false);
  expect(ships(`${prebuilds}/darwin-x64+arm64/a.node`, { system: 'darwin', processor: 'arm64' })).toBe(true);
});

test('a folder is not taken for a platform by half a name', () => {
  expect(ships('node_modules/a/lib/linux/index.js', x64)).toBe(true);
  expect(ships('node_modules/a/arm64/index.js', x64)).toBe(true);
});

test.each([
  ['node_modules/a/index.d.ts', false],
  ['node_modules/a/index.d.cts', false],
  ['node_modules/a/index.js.map', false],
  ['node_modules/a/index.mjs', true],
  ['node_modules/a/map.js', true],
  ['node_modules/a/LICENSE', true],
  ['node_modules/a/x.test.js', true],
  ['services/auth/dist/index.js', true],
  ['services/auth/dist/x.test.js', false],
  ['services/auth/dist/index.d.ts', false],
  ['packages/chem/data/fragment-scores.bin.gz', true],
])('%s ships: %s', (path, expected) => {
  expect(ships(path, x64)).toBe(expected);
});
