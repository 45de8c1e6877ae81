/** Prints a figure for the table in docs/operations.md, which `test/static/run` holds against what the checks print. */
export function figure(name: string, value: number | string): void {
  console.log(`figure: ${name} = ${value}`);
}
