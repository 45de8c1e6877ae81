import { apply, isTask, kubectl, namespace, pods, reach, release, script, settled } from '../fleet.ts';
import { versions } from '../images.ts';
import { expectNoneFailed, startLoad } from '../load.ts';
import { hold, type Report } from '../report.ts';
import { secondsSince } from '../shell.ts';
import { values } from './install.ts';

/** What an operator gets wrong: the script says what, exits non-zero, and the old version has served all the while. */
export async function badInput(report: Report): Promise<void> {
  const access = await reach();
  await settled();
  const encoded = async (key: string) => kubectl('get', 'secret', release, '-o', `jsonpath={.data.${key}}`);
  await apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'unreachable', namespace },
    data: {
      'encryption-key': await encoded('encryption-key'),
      'redis-url': await encoded('redis-url'),
      'redis-password': await encoded('redis-password'),
      'postgres-password': await encoded('postgres-password'),
      'admin-key': await encoded('admin-key'),
    },
    stringData: { 'database-url': 'postgres://sillage:wrong@127.0.0.1:9/sillage' },
  });
  const wrong: { what: string; tag?: string; set: string[]; code: number; says: RegExp }[] = [
    {
      what: 'a missing secret',
      set: ['secrets.generate=false', 'secrets.existingSecret=nobody-made-it'],
      code: 3,
      says: /nobody-made-it/,
    },
    {
      what: 'a database that cannot be reached',
      set: [
        'secrets.generate=false',
        'secrets.existingSecret=unreachable',
        'migrations.waitSeconds=5',
        'migrations.backoffLimit=0',
      ],
      code: 3,
      says: /migrat/,
    },
    {
      what: 'a tag that no image has',
      tag: versions.missing,
      set: [],
      code: 3,
      says: /ErrImage|ImagePullBackOff/,
    },
    { what: 'a value that does not exist', set: ['gateway.replicsa=3'], code: 1, says: /replicsa/ },
  ];
  for (const { what, tag = versions.first, set, code, says } of wrong) {
    await report.check(`${what}: told, exit ${code}, and the old version goes on serving`, async () => {
      const before = await images();
      const load = startLoad(access);
      const started = performance.now();
      const sets = set.flatMap((one) => ['--set', one]);
      const ended = await script(
        'deploy',
        'development',
        '--values',
        values,
        '--tag',
        tag,
        '--timeout',
        '90',
        '--',
        ...sets,
      );
      const seconds = secondsSince(started);
      await settled();
      await load.reach(200);
      const figures = { ...expectNoneFailed(await load.stop()), 'until told s': seconds };
      hold(
        ended.code === code,
        `scripts/deploy ended with ${ended.code}, not ${code}:\n${ended.stderr.slice(-2000)}`,
        figures,
      );
      hold(says.test(ended.stderr), `it does not say what is wrong:\n${ended.stderr.slice(-2000)}`, figures);
      hold((await images()) === before, 'other versions run than before', figures);
      return figures;
    });
  }
}

async function images(): Promise<string> {
  return (await pods())
    .filter(({ component, isLeaving }) => !isLeaving && !isTask.test(component))
    .map(({ image }) => image)
    .sort()
    .join();
}
