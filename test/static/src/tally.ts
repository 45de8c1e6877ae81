/** Counts what a check looked at, shows what failed, and ends with the line that test/static/run adds up. */
export class Tally {
  #passed = 0;
  #failed = 0;

  /** One thing that holds or not; `problems` say what is wrong and how it would be right. */
  expect(what: string, problems: readonly string[]): void {
    if (problems.length === 0) {
      this.#passed += 1;
      return;
    }
    this.#failed += 1;
    console.log(`FAILED ${what}`);
    for (const problem of problems) console.log(`  ${problem.replaceAll('\n', '\n  ')}`);
  }

  /** Prints the sum; the process ends non-zero where something failed. */
  finish(): void {
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
    if (this.#failed > 0) process.exitCode = 1;
  }
}

/** What one list has and the other lacks, both ways, as sentences. */
export function differences(
  left: { readonly what: string; readonly names: Iterable<string> },
  right: { readonly what: string; readonly names: Iterable<string> },
): string[] {
  const [a, b] = [new Set(left.names), new Set(right.names)];
  return [
    ...[...a].filter((name) => !b.has(name)).map((name) => `${name}: in ${left.what}, not in ${right.what}`),
    ...[...b].filter((name) => !a.has(name)).map((name) => `${name}: in ${right.what}, not in ${left.what}`),
  ];
}
