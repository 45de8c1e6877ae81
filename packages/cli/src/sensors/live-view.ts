import type { Classification, Reading } from '@sillage/client';
import type { Context } from '../context.ts';
import { bar, sparkline } from '../output/plot.ts';
import { paintFor, widthOf } from '../output/style.ts';
import { truncate } from '../output/table.ts';

const keptReadings = 600;
const nameWidth = 14;
const numberWidth = 10;
const widestPlot = 100;
const shownSubstances = 3;

/** What a device measures and what it smells, drawn again and again: over itself on a terminal, one line elsewhere. */
export class LiveView {
  readonly #out: Context['stdout'];
  readonly #env: Context['env'];
  readonly #title: string;
  readonly #values = new Map<string, (number | null)[]>();
  #lines = 0;

  constructor({ stdout, env }: Pick<Context, 'stdout' | 'env'>, title: string) {
    this.#out = stdout;
    this.#env = env;
    this.#title = title;
  }

  /** Adds readings, oldest first. */
  add(readings: readonly Reading[]): void {
    for (const { channels } of readings) {
      for (const name of Object.keys(channels)) if (!this.#values.has(name)) this.#values.set(name, []);
      for (const [name, values] of this.#values) {
        values.push(channels[name] ?? null);
        if (values.length > keptReadings) values.shift();
      }
    }
  }

  draw(classification: Classification | undefined): void {
    if (this.#out.isTTY !== true) {
      this.#out.write(`${summaryOf(classification)}\n`);
      return;
    }
    const lines = this.render(classification);
    const up = this.#lines > 0 ? `\u001b[${this.#lines}A` : '';
    this.#out.write(`${up}${lines.map((line) => `\u001b[2K${line}\n`).join('')}\u001b[0J`);
    this.#lines = lines.length;
  }

  /** The lines of one drawing. */
  render(classification: Classification | undefined): string[] {
    const paint = paintFor(this.#out, this.#env);
    const width = Math.min(widestPlot, widthOf(this.#out));
    const plotWidth = Math.max(10, width - nameWidth - numberWidth - 2);
    const channels = [...this.#values].map(([name, values]) => {
      const last = values.findLast((value) => value !== null);
      const number = (
        last === undefined || last === null ? '-' : String(Math.round(last * 100) / 100)
      ).padStart(numberWidth);
      return `${truncate(name, nameWidth).padEnd(nameWidth)} ${paint('cyan', sparkline(values, plotWidth))} ${number}`;
    });
    const likely = (classification?.probabilities ?? [])
      .slice(0, shownSubstances)
      .map(({ substance, probability }) => {
        const share = `${Math.round(probability * 100)} %`.padStart(numberWidth);
        return `${truncate(substance, nameWidth).padEnd(nameWidth)} ${bar(probability, plotWidth)} ${share}`;
      });
    return [paint('bold', this.#title), ...channels, '', summaryOf(classification), ...likely];
  }
}

/** For instance: almond (ready, 97 %), window 100 of 100 s. */
export function summaryOf(classification: Classification | undefined): string {
  if (!classification) return 'no readings yet';
  const {
    status,
    substance,
    probabilities,
    window_s: windowS,
    needed_s: neededS,
    drift,
    notes,
  } = classification;
  const window = `window ${Math.round(windowS)} of ${Math.round(neededS)} s`;
  if (substance === null) return `${status.replace('_', ' ')}: ${window}`;
  const share = `${Math.round((probabilities[0]?.probability ?? 0) * 100)} %`;
  const smell = notes.length > 0 ? `: ${notes.join(', ')}` : '';
  const worn = drift?.status === 'below_baseline' ? '; below its baseline: calibrate anew' : '';
  return `${substance} (${status.replace('_', ' ')}, ${share})${smell}; ${window}${worn}`;
}
