import { spawnSync } from 'node:child_process';
import { z } from 'zod';

/** Checks of kube-score that we do not follow, and why not. */
export const ignored: Readonly<Record<string, string>> = {
  'container-image-pull-policy':
    'Always asks the registry at every start of a pod, so that no pod starts while it is away; our tags are versions and never move, and image.digest says exactly what runs.',
  'container-resources (CPU limits)':
    'A CPU limit slows a service down while the node has cores to spare; requests divide the CPU when it has none. Memory and disk have limits.',
};

const gradeCritical = 1;
const gradeWarning = 5;
const reportSchema = z.array(
  z.object({
    object_name: z.string(),
    checks: z.array(
      z.object({
        check: z.object({ id: z.string() }),
        grade: z.number(),
        skipped: z.boolean(),
        comments: z.array(z.object({ path: z.string(), summary: z.string() })).nullish(),
      }),
    ),
  }),
);

/** What kube-score finds in a rendering: the critical ones as sentences, and how many warnings. */
export function score(rendered: string): { critical: string[]; warnings: number } {
  const { stdout, stderr } = spawnSync(
    'kube-score',
    [
      'score',
      '--output-format',
      'json',
      '--ignore-test',
      'container-image-pull-policy',
      '--ignore-container-cpu-limit',
      '-',
    ],
    { input: rendered, encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  if (!stdout) throw new Error(`kube-score: ${stderr}`);
  const findings = reportSchema.parse(JSON.parse(stdout)).flatMap(({ object_name: name, checks }) =>
    checks
      .filter(({ skipped }) => !skipped)
      .map(({ check, grade, comments }) => ({
        grade,
        text: `${name}: ${check.id}: ${(comments ?? []).map(({ path, summary }) => `${path} ${summary}`.trim()).join('; ')}`,
      })),
  );
  return {
    critical: findings.filter(({ grade }) => grade <= gradeCritical).map(({ text }) => text),
    warnings: findings.filter(({ grade }) => grade > gradeCritical && grade <= gradeWarning).length,
  };
}
