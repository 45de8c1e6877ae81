#!/usr/bin/env node
// The chart's values: wrong ones are refused with what mends them, 0 and false are what they say, and the schema and
// the README know every key.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type KubernetesObject, objectsOf, render, scenarios } from '../src/chart.ts';
import { falsy } from '../src/chart-falsy.ts';
import { readmeProblems } from '../src/chart-readme.ts';
import { schemaProblems, variableProblems } from '../src/chart-schema.ts';
import { at, type Values } from '../src/chart-values.ts';
import { wrong } from '../src/chart-wrong.ts';
import { figure } from '../src/figures.ts';
import { Tally } from '../src/tally.ts';
import { need } from '../src/tools.ts';

need('helm');
const tally = new Tally();
const folder = mkdtempSync(join(tmpdir(), 'sillage-values-'));
const bases = new Map(scenarios().map(({ name, files }) => [name, files]));

try {
  for (const { what, on, values, says } of wrong) {
    const { ok, error } = renderWith(on, values);
    const missing = says.filter((text) => !error.includes(text));
    tally.expect(
      `refused: ${what}`,
      ok ? ['it was taken'] : missing.map((text) => `says not “${text}”, but ${error}`),
    );
  }
  for (const { what, on, values, expect } of falsy) {
    const { ok, text, error } = renderWith(on, values);
    tally.expect(`as it says: ${what}`, ok ? expect(finder(objectsOf(text))) : [error]);
  }
} finally {
  rmSync(folder, { recursive: true });
}
tally.expect('the schema knows the values, and the values the schema', schemaProblems());
tally.expect('the schema knows the variables of each service, and no other', await variableProblems());
tally.expect('README.md is made from values.yaml (node test/static/chart-readme.ts)', readmeProblems());
figure('chart: wrong values refused, each with what mends it', wrong.length);
figure('chart: settings whose 0, false or empty text was shown to hold', falsy.length);
tally.finish();

function renderWith(on: string, values: Values) {
  const file = join(folder, 'values.yaml');
  writeFileSync(file, stringify(values));
  return render([...(bases.get(on) ?? []), file]);
}

/** The value at a path of the object of this kind and name. */
function finder(objects: readonly KubernetesObject[]) {
  return (kind: string, name: string, ...path: readonly string[]): unknown => {
    const object = objects.find((one) => one.kind === kind && one.metadata.name === name);
    return object && path.length > 0 ? at(object, ...path) : object;
  };
}
