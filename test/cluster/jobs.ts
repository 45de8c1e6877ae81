import { badMolecules, checkTrialResults, uploadTrialJob } from '@sillage/fleet';
import type { Access } from './fleet.ts';
import { type Figures, hold } from './report.ts';
import { until } from './shell.ts';

export interface JobNow {
  readonly status: string;
  readonly progress: { readonly done: number; readonly total: number };
}

export interface StartedJob {
  readonly id: string;
  readonly now: () => Promise<JobNow>;
  /** Resolves once so large a share of the molecules is done. */
  readonly reach: (share: number) => Promise<void>;
  /** Waits for its end and holds every row against what was sent. */
  readonly finish: () => Promise<Figures>;
}

/** A prediction job of molecules of our own. The API may be away for a while: it is asked again. */
export async function startJob(access: Access, molecules: number, limitMs = 240_000): Promise<StartedJob> {
  const { url, key, api } = access;
  const { id } = await uploadTrialJob({ url, key, molecules });
  const now = async () => {
    const { status, body } = await api.get(`/api/v1/jobs/${id}`);
    if (status !== 200) throw new Error(`the job answers ${status}`);
    return body as JobNow;
  };
  return {
    id,
    now,
    reach: (share) =>
      until(
        `${share * 100} % of the job`,
        limitMs,
        async () => (await now()).progress.done >= share * molecules,
        100,
      ).then(() => {}),
    finish: async () => {
      const { status } = await until('the job has ended', limitMs, async () => {
        const job = await now();
        return /^(succeeded|failed|cancelled)$/.test(job.status) ? job : undefined;
      });
      const rows = await until('the results can be read', 60_000, () =>
        checkTrialResults({ url, key, molecules }, id),
      );
      const figures = { molecules, lost: rows.missing, twice: rows.twice, wrong: rows.wrong };
      hold(status === 'succeeded', `the job has ${status}`, figures);
      hold(rows.missing === 0 && rows.twice === 0 && rows.wrong === 0, 'rows are not what was sent', figures);
      hold(
        rows.failed === badMolecules(molecules),
        `${rows.failed} rows failed, ${badMolecules(molecules)} cannot be read`,
        figures,
      );
      return figures;
    },
  };
}
