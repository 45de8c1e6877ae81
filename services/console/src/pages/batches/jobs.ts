import type { JobJson } from '@sillage/contracts';
import { type QueryClient, queryOptions, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { askEvents, askJson } from '../../api/client.ts';
import { needsSignIn } from '../../api/problem.ts';
import { pause, signedIn } from '../../api/waits.ts';

const path = '/api/v1/jobs';
/** Between attempts to follow a job, milliseconds. */
const waits = [500, 1000, 2000, 4000, 8000];
/** Jobs on one page of the list. */
export const pageSize = 12;

interface JobPage {
  readonly jobs: readonly JobJson[];
  readonly next: string | null;
}

export function isEnded({ status }: Pick<JobJson, 'status'>): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled';
}

/** A page of jobs; looked at again while one of them goes on. */
export const jobsQuery = (before: string | undefined) =>
  queryOptions({
    queryKey: ['jobs', 'list', before ?? ''],
    queryFn: () =>
      askJson<JobPage>(
        `${path}?${new URLSearchParams({ limit: String(pageSize), ...(before ? { before } : {}) })}`,
      ),
    staleTime: 2000,
    refetchInterval: ({ state }) => (state.data?.jobs.some((job) => !isEnded(job)) ? 4000 : 30_000),
  });

export const jobQuery = (id: string) =>
  queryOptions({ queryKey: ['jobs', 'one', id], queryFn: () => askJson<JobJson>(`${path}/${id}`) });

export type JobChange = 'pause' | 'resume' | 'retry' | 'cancel';

export function changeJob(id: string, change: JobChange): Promise<JobJson> {
  return change === 'cancel'
    ? askJson(`${path}/${id}`, { method: 'DELETE' })
    : askJson(`${path}/${id}/${change}`, { method: 'POST' });
}

/** Puts a job where every part of the page sees it. */
export function keepJob(queries: QueryClient, job: JobJson): void {
  queries.setQueryData(jobQuery(job.id).queryKey, job);
  queries.setQueriesData<JobPage>({ queryKey: ['jobs', 'list'] }, (page) =>
    page ? { ...page, jobs: page.jobs.map((one) => (one.id === job.id ? job : one)) } : page,
  );
}

/**
 * Follows a job by its events while it goes on. A stream that broke off goes on after the last event seen; `isLost`
 * while there is none. A change of its state by hand begins it anew (`round`).
 */
export function useFollow(id: string, isLive: boolean): { readonly isLost: boolean } {
  const queries = useQueryClient();
  const [isLost, setLost] = useState(false);
  useEffect(() => {
    if (!isLive) return;
    const leaving = new AbortController();
    const { signal } = leaving;
    const follow = async () => {
      let last: string | undefined;
      for (let failures = 0; !signal.aborted; ) {
        try {
          const headers: Record<string, string> = last === undefined ? {} : { 'Last-Event-ID': last };
          for await (const event of askEvents(`${path}/${id}/events`, { headers, signal })) {
            failures = 0;
            setLost(false);
            last = event.id ?? last;
            keepJob(queries, event.data as JobJson);
            if (event.event === 'finished') {
              void queries.invalidateQueries({ queryKey: ['jobs', 'list'] });
              return;
            }
          }
        } catch (error) {
          if (signal.aborted) return;
          if (needsSignIn(error)) {
            await signedIn(queries, signal);
            continue;
          }
        }
        // An end without an event: the gateway stops, or the line broke.
        if (signal.aborted) return;
        setLost(true);
        await pause(waits[Math.min(failures, waits.length - 1)] ?? 8000, signal);
        failures += 1;
      }
    };
    void follow();
    return () => {
      leaving.abort();
      setLost(false);
    };
  }, [id, isLive, queries]);
  return { isLost };
}
