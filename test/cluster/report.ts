import { writeFileSync } from 'node:fs';

/** What a check measured, by name; in the units that the name says. */
export type Figures = Readonly<Record<string, number | string>>;

export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly figures: Figures;
  readonly error?: string;
}

export interface CaseResult {
  readonly name: string;
  readonly seconds: number;
  readonly checks: readonly CheckResult[];
  readonly leftOut: readonly string[];
}

/** Runs checks, prints each as it ends, and keeps what they measured. */
export class Report {
  readonly cases: CaseResult[] = [];
  #checks: CheckResult[] = [];
  #leftOut: string[] = [];

  /** Whether it held; what fails is told and the next check goes on. */
  async check(name: string, measure: () => Promise<Figures | undefined>): Promise<boolean> {
    const started = performance.now();
    const seconds = () => Math.round((performance.now() - started) / 100) / 10;
    try {
      const figures = (await measure()) ?? {};
      this.#checks.push({ name, passed: true, seconds: seconds(), figures });
      console.log(`  ✓ ${name} (${seconds()} s)${figuresText(figures)}`);
      return true;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const figures = error instanceof Unmet ? error.figures : {};
      this.#checks.push({ name, passed: false, seconds: seconds(), figures, error: text });
      console.log(`  ✗ ${name} (${seconds()} s)${figuresText(figures)}\n${text.replace(/^/gm, '      ')}`);
      return false;
    }
  }

  /** What is not tested here, and why; counts as neither. */
  leaveOut(what: string): void {
    this.#leftOut.push(what);
    console.log(`  - left out: ${what}`);
  }

  async case(name: string, run: () => Promise<void>): Promise<void> {
    console.log(`${name}`);
    const started = performance.now();
    this.#checks = [];
    this.#leftOut = [];
    try {
      await run();
    } catch (error) {
      await this.check('the case runs to its end', () => Promise.reject(error));
    }
    const seconds = Math.round((performance.now() - started) / 1000);
    this.cases.push({ name, seconds, checks: this.#checks, leftOut: this.#leftOut });
    console.log(`  ${seconds} s`);
  }

  get passed(): number {
    return this.cases.flatMap(({ checks }) => checks).filter((check) => check.passed).length;
  }

  get failed(): number {
    return this.cases.flatMap(({ checks }) => checks).filter((check) => !check.passed).length;
  }

  write(file: string, about: Figures): void {
    const { passed, failed } = this;
    writeFileSync(file, `${JSON.stringify({ about, passed, failed, cases: this.cases }, null, 2)}\n`);
  }
}

/** A bound that did not hold, with what was measured. */
export class Unmet extends Error {
  readonly figures: Figures;
  constructor(message: string, figures: Figures = {}) {
    super(message);
    this.figures = figures;
  }
}

/** Throws what was measured where it does not hold. */
export function hold(isHeld: boolean, message: string, figures: Figures = {}): void {
  if (!isHeld) throw new Unmet(message, figures);
}

function figuresText(figures: Figures): string {
  const parts = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}
