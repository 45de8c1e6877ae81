import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubectl, pods, reach, settled, succeed } from '../fleet.ts';
import { startJob } from '../jobs.ts';
import { hold, type Report } from '../report.ts';
import { secondsSince, until } from '../shell.ts';

/** Show 5: backup, the database is dropped, restore: every row as it was. */
export async function recovery(report: Report): Promise<void> {
  const access = await reach();
  const folder = mkdtempSync(join(tmpdir(), 'sillage-backup-'));
  const backup = join(folder, 'backup');
  try {
    const job = await startJob(access, 500);
    await job.finish();
    const listed = JSON.stringify((await access.api.get('/api/v1/jobs')).body);

    await report.check(
      'scripts/backup dumps the database and the results while everything serves',
      async () => {
        const started = performance.now();
        await succeed('backup', backup);
        return { ...counted(backup), s: secondsSince(started) };
      },
    );

    await report.check('the database is dropped; scripts/restore brings every row back', async () => {
      const [postgres] = await pods('postgres');
      if (!postgres) throw new Error('there is no Postgres');
      const sql = 'drop database sillage with (force)';
      await kubectl(
        'exec',
        postgres.name,
        '--',
        'psql',
        '-h',
        '/tmp',
        '-U',
        'sillage',
        '-d',
        'postgres',
        '-c',
        sql,
      );
      await until(
        'the gateway says that it is not ready',
        60_000,
        async () => (await fetch(`${access.url}/ready`)).status === 503,
      );
      const started = performance.now();
      const { stderr } = await succeed('restore', backup, '--timeout', '180');
      const seconds = secondsSince(started);
      hold(
        /: each as it was saved/.test(stderr),
        `restore does not say that the rows are the same:\n${stderr}`,
      );
      await settled();
      return { ...counted(backup), s: seconds };
    });

    await report.check('keys, jobs and results of before are good after it', async () => {
      await until('the gateway is ready', 60_000, async () => (await fetch(`${access.url}/ready`)).ok);
      const { status, body } = await access.api.get('/api/v1/jobs');
      hold(status === 200 && JSON.stringify(body) === listed, `the jobs are others: ${status}`);
      await job.finish();
      return (await startJob(access, 500)).finish();
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function counted(backup: string): { tables: number; rows: number } {
  const lines = readFileSync(join(backup, 'tables.tsv'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('sequence '));
  return { tables: lines.length, rows: lines.reduce((sum, line) => sum + Number(line.split('\t')[1]), 0) };
}
