import {
  apply,
  deleteNamespace,
  makeNamespace,
  namespace,
  type Pod,
  pods,
  reach,
  readyPods,
  services,
} from '../fleet.ts';
import { versions } from '../images.ts';
import { startJob } from '../jobs.ts';
import { hold, type Report } from '../report.ts';
import { output, secondsSince, until } from '../shell.ts';

const faultsNamespace = `${namespace}-faults`;
const molecules = 20_000;

/** Show 5: each process is killed, as the kernel would, in mid-batch; no job is lost and no row comes twice. */
export async function faults(report: Report): Promise<void> {
  const access = await reach();
  await startKiller();
  for (const victim of [...services, 'postgres', 'redis']) {
    await report.check(`kill -9 of ${victim} in mid-batch: no row lost, none twice`, async () => {
      const job = await startJob(access, molecules);
      await job.reach(0.02);
      const [pod] = await readyPods(victim);
      if (!pod) throw new Error(`there is no pod of ${victim}`);
      const atKill = await job.now().catch(() => undefined);
      const started = performance.now();
      await kill(pod);
      await until(`${victim} is back`, 120_000, () => isBack(pod), 200);
      const back = secondsSince(started);
      const figures = await job.finish();
      const done = atKill?.progress.done ?? 0;
      hold(done < molecules, 'the job was over before the kill', figures);
      return { ...figures, 'done at the kill': done, 'back s': back, 'job s': secondsSince(started) };
    });
  }
  await deleteNamespace(faultsNamespace);
}

async function isBack(killed: Pod): Promise<boolean> {
  const now = (await pods(killed.component)).find(({ name }) => name === killed.name);
  return now !== undefined && now.restarts > killed.restarts && now.isReady;
}

/** A pod that sees every process of the node: nothing inside a container can kill its first process. */
async function startKiller(): Promise<void> {
  await makeNamespace(faultsNamespace, 'privileged');
  await apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'killer', namespace: faultsNamespace },
    spec: {
      hostPID: true,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'killer',
          image: `sillage/worker:${versions.first}`,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '-e', 'setInterval(() => {}, 1e9)'],
          securityContext: { privileged: true, runAsUser: 0 },
        },
      ],
    },
  });
  await output('kubectl', [
    '-n',
    faultsNamespace,
    'wait',
    '--for=condition=Ready',
    'pod/killer',
    '--timeout=60s',
  ]);
}

/** SIGKILL to the first process of the pod's container, from outside. */
async function kill(pod: Pod): Promise<void> {
  const killed = await output('kubectl', [
    ...[
      '-n',
      faultsNamespace,
      'exec',
      'killer',
      '--',
      'node',
      '--input-type=module',
      '-e',
      killCode,
      '--',
      pod.containerId,
    ],
  ]);
  hold(/^killed \d+/.test(killed), `no process of ${pod.name} was found`);
}

const killCode = `
import { readdirSync, readFileSync } from 'node:fs';
const read = (file) => { try { return readFileSync(file, 'utf8'); } catch { return ''; } };
for (const pid of readdirSync('/proc').filter((name) => /^\\d+$/.test(name))) {
  if (!read('/proc/' + pid + '/cgroup').includes(process.argv[1])) continue;
  if (!/^NSpid:.*\\t1$/m.test(read('/proc/' + pid + '/status'))) continue;
  process.kill(Number(pid), 'SIGKILL');
  console.log('killed', pid);
}`;
