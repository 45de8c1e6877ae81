import {
  namespace,
  pods,
  reach,
  release,
  type Service,
  script,
  services,
  settled,
  succeed,
} from '../fleet.ts';
import { loadImages, versions } from '../images.ts';
import { expectNoneFailed, startLoad } from '../load.ts';
import { hold, type Report } from '../report.ts';
import { output, secondsSince } from '../shell.ts';

const minRequests = 10_000;
/** Whoever is called before whoever calls. */
const order: readonly Service[] = ['auth', 'sensors', 'inference', 'worker', 'gateway'];

async function versionsRunning(): Promise<Record<string, string>> {
  const all = (await pods()).filter(({ isLeaving }) => !isLeaving);
  return Object.fromEntries(
    services.map((service) => [
      service,
      [
        ...new Set(
          all.filter(({ component }) => component === service).map(({ image }) => image.replace(/^.*:/, '')),
        ),
      ].join('+'),
    ]),
  );
}

/** One service, as quickly as it can be shown: what CI asks of a cluster. */
export async function rollOne(report: Report): Promise<void> {
  const access = await reach();
  await report.check('the gateway is rolled under load, none failed', async () => {
    await loadImages('next', ['gateway']);
    const load = startLoad(access);
    await load.reach(200);
    const started = performance.now();
    const { code, stderr } = await script('rolling-update', versions.next, namespace, '--service', 'gateway');
    const seconds = secondsSince(started);
    await settled();
    const figures = { ...expectNoneFailed(await load.stop()), 'gateway s': seconds };
    hold(code === 0, `scripts/rolling-update ended with ${code}:\n${stderr.slice(-2000)}`, figures);
    return figures;
  });
}

/** Show 2: rolling updates of each service in turn, then of versions that are broken, under constant load. */
export async function rolling(report: Report): Promise<void> {
  await report.check('images of the next version are in the cluster', async () => {
    await loadImages('next');
    await loadImages('broken', ['inference', 'sensors']);
    return {};
  });
  const access = await reach();

  await report.check(
    `each service rolled in turn under load: at least ${minRequests} requests, none failed`,
    async () => {
      const load = startLoad(access);
      const took: Record<string, number> = {};
      let problem: unknown;
      try {
        await load.reach(500);
        for (const service of order) {
          const started = performance.now();
          await succeed('rolling-update', versions.next, namespace, '--service', service, '--timeout', '180');
          took[`${service} s`] = secondsSince(started);
        }
        await settled();
        await load.reach(minRequests);
      } catch (error) {
        problem = error;
      }
      const figures = { ...expectNoneFailed(await load.stop(), minRequests), ...took };
      if (problem) throw problem;
      const running = await versionsRunning();
      hold(
        services.every((service) => running[service] === versions.next),
        `running: ${JSON.stringify(running)}`,
        figures,
      );
      return figures;
    },
  );

  const broken = [
    {
      what: 'an image that nobody has',
      service: 'worker',
      version: versions.missing,
      says: /ErrImage|ImagePullBackOff/,
    },
    {
      what: 'a version that crashes at its start',
      service: 'inference',
      version: versions.broken,
      says: /this version is broken|CrashLoopBackOff/,
    },
    { what: 'a version whose migration fails', service: 'sensors', version: versions.broken, says: /migrat/ },
  ] as const;
  for (const { what, service, version, says } of broken) {
    await report.check(`${what}: rolled back by itself, none failed`, async () => {
      const before = await versionsRunning();
      const load = startLoad(access);
      await load.reach(200);
      const started = performance.now();
      const { code, stderr } = await script(
        'rolling-update',
        version,
        namespace,
        '--service',
        service,
        '--timeout',
        '120',
      );
      const seconds = secondsSince(started);
      await settled();
      await load.reach(600);
      const figures = { ...expectNoneFailed(await load.stop()), 'until rolled back s': seconds };
      hold(code === 3, `scripts/rolling-update ended with ${code}, not 3:\n${stderr.slice(-2000)}`, figures);
      hold(
        /rolling back to revision \d+/.test(stderr) && says.test(stderr),
        `it does not say what happened:\n${stderr}`,
        figures,
      );
      const after = await versionsRunning();
      hold(
        JSON.stringify(after) === JSON.stringify(before),
        `running: ${JSON.stringify(after)}, before: ${JSON.stringify(before)}`,
      );
      return figures;
    });
  }
}

/** What an operator does by hand: back to an earlier revision, pods taken out of service. */
export async function goingBack(report: Report): Promise<void> {
  const access = await reach();
  if ((await script('rolling-update', versions.next, namespace, '--service', 'gateway')).code !== 0) {
    throw new Error('the gateway could not be rolled');
  }
  await settled();
  await report.check(
    'scripts/rollback REVISION goes back as far as helm remembers under load, none failed',
    async () => {
      const history = await output('helm', ['--namespace', namespace, 'history', release, '-o', 'json']);
      const revisions = JSON.parse(history) as { revision: number; status: string }[];
      const oldest = revisions.find(({ status }) => status === 'superseded')?.revision ?? 1;
      const load = startLoad(access);
      await load.reach(200);
      const started = performance.now();
      const { code, stderr } = await script('rollback', String(oldest), '--timeout', '180');
      await settled();
      const seconds = secondsSince(started);
      await load.reach(600);
      const figures = { ...expectNoneFailed(await load.stop()), 'rollback s': seconds };
      hold(code === 0, `scripts/rollback ended with ${code}:\n${stderr.slice(-2000)}`, figures);
      return figures;
    },
  );

  await report.check('scripts/drain evicts every gateway under load, none failed', async () => {
    const load = startLoad(access);
    await load.reach(200);
    const started = performance.now();
    await succeed('drain', 'gateway', '--timeout', '120');
    await settled();
    const seconds = secondsSince(started);
    return { ...expectNoneFailed(await load.stop()), 'drain s': seconds };
  });
}
