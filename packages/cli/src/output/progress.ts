import type { Job } from '@sillage/client';
import type { Context } from '../context.ts';

const barWidth = 24;
/** Without a terminal a line each so many per cent. */
const plainStep = 10;

export interface Moment {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** Milliseconds since the beginning. */
  readonly elapsedMs: number;
  readonly status: string;
}

/** One line: bar, share, counts, rate, and how long it may yet take. */
export function progressLine({ done, failed, total, elapsedMs, status }: Moment): string {
  const share = total === 0 ? 0 : Math.min(1, done / total);
  const filled = Math.round(share * barWidth);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`;
  const rate = elapsedMs > 0 ? (done * 1000) / elapsedMs : 0;
  const left = rate > 0 && done < total ? `, ${duration((total - done) / rate)} left` : '';
  const speed = done > 0 && elapsedMs > 0 ? `, ${rate >= 10 ? Math.round(rate) : rate.toFixed(1)}/s` : '';
  const faults = failed > 0 ? `, ${failed} with an error` : '';
  return `${status.padEnd(9)} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${done} of ${total}${faults}${speed}${left}`;
}

/** For instance 48 s, 3 min, 2.5 h. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** Shows a job's progress on standard error: a line that is written over on a terminal, else one a tenth. */
export class ProgressView {
  readonly #stream: Context['stderr'];
  readonly #now: () => Date;
  #startedAtMs: number | undefined;
  #toldStep = -1;
  #toldStatus = '';
  #isLineOpen = false;

  constructor({ stderr, now }: Pick<Context, 'stderr' | 'now'>) {
    this.#stream = stderr;
    this.#now = now;
  }

  show({ status, progress }: Job): void {
    const nowMs = this.#now().getTime();
    if (status === 'running') this.#startedAtMs ??= nowMs;
    const done = progress.done + progress.in_progress;
    const elapsedMs = this.#startedAtMs === undefined ? 0 : nowMs - this.#startedAtMs;
    const line = progressLine({ done, failed: progress.failed, total: progress.total, elapsedMs, status });
    if (this.#stream.isTTY === true) {
      this.#stream.write(`\r\u001b[2K${line}`);
      this.#isLineOpen = true;
      return;
    }
    const step = progress.total === 0 ? 0 : Math.floor((done / progress.total) * (100 / plainStep));
    if (step === this.#toldStep && status === this.#toldStatus) return;
    this.#toldStep = step;
    this.#toldStatus = status;
    this.#stream.write(`${line}\n`);
  }

  /** Leaves the last line standing. */
  end(): void {
    if (this.#isLineOpen) this.#stream.write('\n');
    this.#isLineOpen = false;
  }
}
