import { parse } from 'yaml';
import { z } from 'zod';
import { filesBelow, read } from './repository.ts';

export const rulesFolder = 'charts/sillage/files/rules';

const severities = ['critical', 'warning', 'info'] as const;

const alertSchema = z.strictObject({
  alert: z.string().regex(/^[A-Z][A-Za-z]+$/),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(severities) }),
  annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
});
const recordSchema = z.strictObject({
  // level:metric:operation, as Prometheus recommends; exported names have no colon.
  record: z.string().regex(/^[a-z_]+:[a-z_]+:[a-z0-9_]+$/),
  expr: z.string(),
});
const ruleFileSchema = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(z.union([alertSchema, recordSchema])) })),
});

const testFileSchema = z.object({
  rule_files: z.array(z.string()),
  tests: z.array(
    z.object({
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
    }),
  ),
});

export type Alert = z.output<typeof alertSchema> & { readonly file: string };
export type Recording = z.output<typeof recordSchema> & { readonly file: string };

/** Every alert and recording rule of the chart, with the file it stands in. */
export function readRules(): { alerts: Alert[]; recordings: Recording[]; files: string[] } {
  const files = filesBelow(rulesFolder, /\.yaml$/);
  const rules = files.flatMap((file) =>
    ruleFileSchema
      .parse(parse(read(file)))
      .groups.flatMap((group) => group.rules.map((rule) => ({ ...rule, file }))),
  );
  return {
    files,
    alerts: rules.filter((rule) => 'alert' in rule),
    recordings: rules.filter((rule) => 'record' in rule),
  };
}

export interface RuleTests {
  readonly files: readonly string[];
  /** Cases in which the alert is expected, and in which it is expected not to come, by its name. */
  readonly firing: ReadonlyMap<string, number>;
  readonly silent: ReadonlyMap<string, number>;
}

/** What promtool's tests ask of each alert. */
export function readRuleTests(): RuleTests {
  const files = filesBelow('test/static/rules', /\.test\.yaml$/);
  const cases = files
    .flatMap((file) => testFileSchema.parse(parse(read(file))).tests)
    .flatMap((test) => test.alert_rule_test);
  const counts = (isFiring: boolean) => {
    const names = new Map<string, number>();
    for (const { alertname, exp_alerts: expected } of cases) {
      if (expected.length > 0 === isFiring) names.set(alertname, (names.get(alertname) ?? 0) + 1);
    }
    return names;
  };
  return { files, firing: counts(true), silent: counts(false) };
}
