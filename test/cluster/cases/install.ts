import { askThreeQuestions } from '@sillage/fleet';
import {
  deleteNamespace,
  forget,
  kubectl,
  makeNamespace,
  namespace,
  pods,
  reach,
  release,
  services,
  succeed,
} from '../fleet.ts';
import { loadImages, versions } from '../images.ts';
import { startJob } from '../jobs.ts';
import { hold, type Report } from '../report.ts';
import { output, root, secondsSince, until } from '../shell.ts';

export const values = `${root}/test/cluster/values.yaml`;
/** From the start of a pod's container until it is ready, on a node that has the image. */
const readyWithinS = 10;

/** Show 1: installed by scripts/deploy where pods must be `restricted`, and every question answered. */
export async function install(report: Report): Promise<void> {
  await report.check('images are in the cluster', async () => {
    await loadImages('first');
    return {};
  });
  await report.check(
    'scripts/deploy installs it in a namespace that enforces restricted; every pod is ready',
    async () => {
      await deleteNamespace(namespace);
      forget();
      await makeNamespace(namespace, 'restricted');
      const started = performance.now();
      await succeed('deploy', 'development', '--values', values, '--tag', versions.first);
      // Each was ready when deploy ended; one that a busy node lets miss a probe comes back.
      const all = await until('every pod is ready', 60_000, async () => {
        const found = await pods();
        const unready = found.filter(({ isReady }) => !isReady).map(({ name }) => name);
        hold(unready.length === 0, `not ready: ${unready.join(', ')}`);
        return found;
      });
      const present = new Set(all.map(({ component }) => component));
      for (const service of services) hold(present.has(service), `there is no pod of ${service}`);
      return { pods: all.length, 'deploy s': secondsSince(started) };
    },
  );
  await report.check(
    `every service is ready within ${readyWithinS} s of the start of its container`,
    async () => {
      // Once more, as on the first installation the services waited for Postgres and its schemas; whoever is called first,
      // as a gateway without auth is not ready.
      const figures: Record<string, number> = {};
      for (const service of ['auth', 'sensors', 'inference', 'worker', 'gateway'] as const) {
        await succeed('drain', service);
        figures[`${service} s`] = await secondsToReady(service);
      }
      hold(
        Object.values(figures).every((seconds) => seconds <= readyWithinS),
        `slower than ${readyWithinS} s`,
        figures,
      );
      return figures;
    },
  );
  await report.check('scripts/health-check finds it healthy', async () => {
    await succeed('health-check', '--timeout', '30');
    return {};
  });
  await report.check('helm test passes', async () => {
    await output('helm', ['--namespace', namespace, 'test', release, '--timeout', '180s']);
    return {};
  });
  await report.check('the three questions are answered through the NodePort', async () => {
    const { url, key } = await reach();
    let answers = '';
    await askThreeQuestions({
      url,
      key,
      print: (text) => {
        answers += text;
      },
    });
    hold(/vanillin\s.*vanilla/.test(answers), `vanillin does not smell of vanilla:\n${answers}`);
    hold(
      /dimethyl disulfide\s.*(sulfurous|onion|garlic)/.test(answers),
      `dimethyl disulfide smells of nothing known:\n${answers}`,
    );
    hold(/match 0\.\d+/.test(answers), `no molecule was found:\n${answers}`);
    hold(/replayed → \w+ \(\w+, \d+ %\)/.test(answers), `the nose smells nothing:\n${answers}`);
    return {};
  });
  await report.check('a batch job is done, each molecule once', async () =>
    (await startJob(await reach(), 2000)).finish(),
  );
}

/** The slowest of a service's pods; Kubernetes tells whole seconds. */
async function secondsToReady(service: string): Promise<number> {
  const selector = `app.kubernetes.io/instance=${release},app.kubernetes.io/component=${service}`;
  const { items } = JSON.parse(await kubectl('get', 'pods', '-l', selector, '-o', 'json')) as {
    items: {
      status: {
        conditions: { type: string; lastTransitionTime: string }[];
        containerStatuses: { state: { running?: { startedAt: string } } }[];
      };
    }[];
  };
  const seconds = items.map(({ status }) => {
    const ready = status.conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '';
    const begun = status.containerStatuses[0]?.state.running?.startedAt ?? '';
    return (Date.parse(ready) - Date.parse(begun)) / 1000;
  });
  return Math.max(...seconds);
}
