/** What runs in an image: files of packages that something may read at run time, for one platform alone. */

/** Declarations, source maps and what an editor needs. */
const notForRunning = /\.(d\.[cm]?ts|map|tsbuildinfo|flow)$/;
const ourTests = /\.test\.js$/;
const systems = new Set(['aix', 'android', 'darwin', 'freebsd', 'linux', 'openbsd', 'sunos', 'win32']);
const processors = new Set(['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64']);

export interface Platform {
  readonly system: string;
  readonly processor: string;
}

/** Whether a file of a package belongs into an image; `path` is relative to the root of the workspace. */
export function ships(path: string, platform: Platform): boolean {
  if (notForRunning.test(path)) return false;
  if (!path.includes('node_modules/')) return !ourTests.test(path);
  const parts = path.split('/');
  return !parts.some((part, index) => {
    const next = parts[index + 1] ?? '';
    // Binaries of several platforms in one package, as in bin/napi-v6/linux/x64.
    if (systems.has(part) && processors.has(next))
      return part !== platform.system || next !== platform.processor;
    // And as in prebuilds/darwin-x64+arm64.
    if (part !== 'prebuilds') return false;
    const [system = '', ...built] = next.split(/[-+]/);
    return systems.has(system) && (system !== platform.system || !built.includes(platform.processor));
  });
}
