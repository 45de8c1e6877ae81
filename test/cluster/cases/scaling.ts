import { setTimeout as delay } from 'node:timers/promises';
import { counter, kubectl, reach, readyPods, release, script, settled, succeed } from '../fleet.ts';
import { loadImages, versions } from '../images.ts';
import { startJob } from '../jobs.ts';
import { expectNoneFailed, startLoad } from '../load.ts';
import { hold, type Report } from '../report.ts';
import { root, run, secondsSince, until } from '../shell.ts';
import { values } from './install.ts';

const inferenceDeployment = `${release}-inference-base`;
const shareWithinS = 30;
const maxOverMean = 1.3;
/** Molecules that no cache holds, a second: enough to need more than one small pod. */
const heavy = { predict: 120, generate: 0.5, events: 0 } as const;
const light = { predict: 20, generate: 0.2, events: 0.2 } as const;

async function replicas(component: string): Promise<number> {
  return (await readyPods(component)).length;
}

async function deployWith(file: string): Promise<void> {
  await succeed(
    'deploy',
    'development',
    '--values',
    values,
    '--values',
    `${root}/test/cluster/${file}`,
    '--tag',
    versions.first,
  );
  await settled();
}

/** Show 3: new pods get their share; an HPA and KEDA scale out and in, and nothing is lost on the way. */
export async function scaling(report: Report): Promise<void> {
  await loadImages('first');
  const access = await reach();

  await report.check(
    `new inference pods get their share within ${shareWithinS} s: max/mean ≤ ${maxOverMean}`,
    async () => {
      const load = startLoad(access, { predict: 60, generate: 0, events: 0 }, true);
      try {
        await load.reach(300);
        await kubectl('scale', 'deployment', inferenceDeployment, '--replicas=3');
        await until('three inference pods', 120_000, async () => (await replicas('inference')) >= 3);
        await delay(shareWithinS * 1000);
        const all = await readyPods('inference');
        const calls = () =>
          Promise.all(
            all.map(({ name }) => counter(name, 'olfactory_request_duration_seconds_count', /Predict/)),
          );
        const before = await calls();
        await delay(15_000);
        const after = await calls();
        const served = after.map((count, index) => count - (before[index] ?? 0));
        const mean = served.reduce((sum, count) => sum + count, 0) / served.length;
        const ratio = Math.round((Math.max(...served) / mean) * 100) / 100;
        const figures = { pods: served.length, calls: served.join('+'), 'max/mean': ratio };
        hold(
          served.length === 3 && mean > 0 && ratio <= maxOverMean,
          `calls by pod: ${served.join(', ')}`,
          figures,
        );
        return { ...figures, ...expectNoneFailed(await load.stop()) };
      } finally {
        await load.stop();
        await kubectl('scale', 'deployment', inferenceDeployment, '--replicas=1');
        await settled();
      }
    },
  );

  await report.check('an HPA scales inference out under load and back in after it, none failed', async () => {
    await deployWith('values-hpa.yaml');
    const base = startLoad(access, light, true);
    const started = performance.now();
    const peak = startLoad(access, heavy, true);
    const figures: Record<string, number | string> = {};
    try {
      await until('a second inference pod', 180_000, async () => (await replicas('inference')) >= 2);
      figures['out s'] = secondsSince(started);
      await delay(20_000);
      figures['pods'] = await replicas('inference');
    } finally {
      Object.assign(figures, { 'peak requests': (await peak.stop()).requests });
    }
    const report_ = await peak.stop();
    const ended = performance.now();
    try {
      await until('one inference pod again', 240_000, async () => (await replicas('inference')) === 1);
      figures['in s'] = secondsSince(ended);
      await settled();
    } finally {
      await base.stop();
    }
    hold(
      report_.failed === 0,
      `${report_.failed} requests failed at the peak: ${JSON.stringify(report_.failures)}`,
      figures,
    );
    return { ...expectNoneFailed(await base.stop()), ...figures };
  });
  // As the other cases expect it.
  await script('deploy', 'development', '--values', values, '--tag', versions.first);
  await settled();
}

/** Show 3: workers by the queue, from none and back to none. */
export async function queueScaling(report: Report): Promise<void> {
  await loadImages('first');
  const access = await reach();
  const hasKeda = (await run('kubectl', ['get', 'crd', 'scaledobjects.keda.sh'])).code === 0;
  if (!hasKeda || process.env['SILLAGE_KEDA'] === 'no') {
    report.leaveOut(
      `workers by the length of the queue: ${hasKeda ? 'SILLAGE_KEDA is no' : 'KEDA is not installed'}`,
    );
  } else {
    await report.check(
      'KEDA scales the worker from 0 by the queue and back to 0; no row of a job is lost',
      async () => {
        await deployWith('values-keda.yaml');
        await until('no worker', 180_000, async () => (await replicas('worker')) === 0);
        const started = performance.now();
        const jobs = await Promise.all([4000, 4000, 1000].map((molecules) => startJob(access, molecules)));
        await until('a worker', 120_000, async () => (await replicas('worker')) >= 1, 200);
        const first = secondsSince(started);
        let most = 0;
        const watch = setInterval(
          () =>
            void replicas('worker').then(
              (count) => {
                most = Math.max(most, count);
              },
              () => {},
            ),
          1000,
        );
        const rows = await Promise.all(jobs.map((job) => job.finish()));
        clearInterval(watch);
        const done = performance.now();
        await until('no worker', 180_000, async () => (await replicas('worker')) === 0);
        const sum = (name: string) => rows.reduce((total, row) => total + Number(row[name]), 0);
        return {
          'first worker s': first,
          'most workers': most,
          molecules: sum('molecules'),
          lost: sum('lost'),
          twice: sum('twice'),
          'back to 0 s': secondsSince(done),
        };
      },
    );
  }
  // As the other cases expect it.
  await script('deploy', 'development', '--values', values, '--tag', versions.first);
  await settled();
}
