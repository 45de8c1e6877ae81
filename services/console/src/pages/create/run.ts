import type {
  GenerateProgressJson,
  GenerateStartedJson,
  GenerationStatisticsJson,
  MoleculeJson,
  ShortfallJson,
} from '@sillage/contracts';
import type { ServerEvent } from '../../api/events.ts';
import { ApiError, type Problem } from '../../api/problem.ts';

/** A generation as the page sees it. */
export interface Run {
  readonly status: 'idle' | 'running' | 'done' | 'stopped' | 'failed';
  readonly wanted: number;
  readonly started?: GenerateStartedJson;
  readonly progress?: GenerateProgressJson;
  readonly molecules: readonly MoleculeJson[];
  readonly statistics?: GenerationStatisticsJson;
  readonly shortfall?: ShortfallJson;
  readonly error?: unknown;
}

export type RunAction =
  | { readonly kind: 'begin'; readonly wanted: number }
  | { readonly kind: 'event'; readonly event: ServerEvent }
  | { readonly kind: 'end' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'fail'; readonly error: unknown };

export const idle: Run = { status: 'idle', wanted: 0, molecules: [] };

/** The run after an action. What was found stays, whatever comes after it. */
export function nextRun(run: Run, action: RunAction): Run {
  switch (action.kind) {
    case 'begin':
      return { status: 'running', wanted: action.wanted, molecules: [] };
    case 'event':
      return afterEvent(run, action.event);
    case 'end':
      // The last event says that it is done; a stream that ends without one was cut.
      return run.status === 'running'
        ? { ...run, status: 'failed', error: new Error('the connection was cut') }
        : run;
    case 'stop':
      return run.status === 'running' ? { ...run, status: 'stopped' } : run;
    case 'fail':
      return { ...run, status: 'failed', error: action.error };
  }
}

function afterEvent(run: Run, { event, data }: ServerEvent): Run {
  switch (event) {
    case 'started':
      return { ...run, started: data as GenerateStartedJson };
    case 'progress':
      return { ...run, progress: data as GenerateProgressJson };
    case 'molecule':
      return { ...run, molecules: [...run.molecules, data as MoleculeJson] };
    case 'finished':
      return { ...run, ...(data as Pick<Run, 'statistics' | 'shortfall'>), status: 'done' };
    case 'error':
      return { ...run, status: 'failed', error: new ApiError(data as Problem) };
    default:
      return run;
  }
}
