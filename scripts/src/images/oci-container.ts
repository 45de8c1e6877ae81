import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/** An image from buildah's own store, or the whole answer of `buildah inspect` in short. */
const inspectSchema = z.object({
  OCIv1: z.object({
    config: z.object({
      User: z.string(),
      Env: z.array(z.string()),
      Entrypoint: z.array(z.string()),
      WorkingDir: z.string(),
      Labels: z.record(z.string(), z.string()),
    }),
    rootfs: z.object({ diff_ids: z.array(z.string()) }),
  }),
});

export type ImageConfig = z.infer<typeof inspectSchema>['OCIv1'];

export function buildah(...args: readonly string[]): string {
  return execFileSync('buildah', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** What an image says of itself. Throws where buildah has no such image. */
export function inspectImage(image: string): ImageConfig {
  return inspectSchema.parse(JSON.parse(buildah('inspect', '--type', 'image', image))).OCIv1;
}

export interface ContainerOptions {
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  /** Added to the entry point. */
  readonly args?: readonly string[];
  /** Folders of this machine by the path where the container may write to them. */
  readonly volumes?: Readonly<Record<string, string>>;
}

/**
 * An image run by runc as a pod under the restricted profile would be: the image's own user and entry point, a
 * read-only root, no capability, no new privileges, /tmp in memory; only the network is this machine's.
 */
export class Container {
  readonly process: ChildProcess;
  readonly startedAt = performance.now();
  readonly #working: string;
  readonly #bundle: string;
  readonly #id: string;
  #output = '';

  private constructor(process: ChildProcess, working: string, bundle: string, id: string) {
    this.process = process;
    this.#working = working;
    this.#bundle = bundle;
    this.#id = id;
    for (const stream of [process.stdout, process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-100_000);
      });
    }
  }

  /** The last of what it wrote. */
  get output(): string {
    return this.#output;
  }

  static start(options: ContainerOptions): Container {
    const { config } = inspectImage(options.image);
    const working = buildah('from', '--pull-never', options.image);
    const bundle = mkdtempSync(join(tmpdir(), 'sillage-image-'));
    const id = `sillage-${working.replaceAll(/[^\w-]/g, '-')}-${process.pid}`;
    writeFileSync(
      join(bundle, 'config.json'),
      JSON.stringify(spec(options, config, buildah('mount', working))),
    );
    const child = spawn('runc', ['run', '--bundle', bundle, id], { stdio: ['ignore', 'pipe', 'pipe'] });
    return new Container(child, working, bundle, id);
  }

  /** Memory in use and CPU time used so far, over its processes. */
  usage(): { readonly memoryMb: number; readonly cpuSeconds: number } {
    const listed = execFileSync('runc', ['ps', '--format', 'json', this.#id], { encoding: 'utf8' });
    let [kilobytes, ticks] = [0, 0];
    for (const pid of z.array(z.number()).parse(JSON.parse(listed))) {
      kilobytes += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
      // After the name in brackets: fields 14 and 15 of proc(5), in hundredths of a second.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      ticks += Number(fields[11]) + Number(fields[12]);
    }
    return { memoryMb: Math.round(kilobytes / 1024), cpuSeconds: ticks / 100 };
  }

  /** SIGTERM to its first process; resolves with the exit code. */
  async stop(): Promise<number | null> {
    if (this.process.exitCode === null) {
      const exited = once(this.process, 'exit');
      execFileSync('runc', ['kill', this.#id, 'TERM']);
      await exited;
    }
    return this.process.exitCode;
  }

  /** Removes what starting it made. */
  remove(): void {
    buildah('umount', this.#working);
    buildah('rm', this.#working);
    rmSync(this.#bundle, { recursive: true, force: true });
  }
}

function spec(options: ContainerOptions, config: ImageConfig['config'], rootfs: string): object {
  const [uid, gid] = config.User.split(':').map(Number);
  const env = { ...Object.fromEntries(config.Env.map((line) => line.split(/=(.*)/s, 2))), ...options.env };
  const readOnly = ['nosuid', 'nodev', 'noexec', 'ro'];
  return {
    ociVersion: '1.0.2',
    hostname: 'sillage',
    process: {
      user: { uid, gid },
      args: [...config.Entrypoint, ...(options.args ?? [])],
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      cwd: config.WorkingDir,
      noNewPrivileges: true,
      capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
    },
    root: { path: rootfs, readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=64k'] },
      {
        destination: '/dev/shm',
        type: 'tmpfs',
        source: 'shm',
        options: ['nosuid', 'nodev', 'noexec', 'size=64m'],
      },
      { destination: '/sys', type: 'none', source: '/sys', options: ['rbind', ...readOnly] },
      {
        destination: '/tmp',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'nodev', 'mode=1777', 'size=64m'],
      },
      ...Object.entries(options.volumes ?? {}).map(([destination, source]) => {
        mkdirSync(source, { recursive: true });
        return { destination, type: 'none', source, options: ['rbind', 'rw'] };
      }),
    ],
    linux: {
      namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'ipc' }, { type: 'uts' }],
      maskedPaths: ['/proc/kcore', '/proc/keys', '/sys/firmware'],
      readonlyPaths: ['/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}
