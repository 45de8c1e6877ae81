import { spawnSync } from 'node:child_process';
import { z } from 'zod';
import { root } from './repository.ts';
import { bringSchemas, schemaLocation } from './schemas.ts';
import { need } from './tools.ts';

const reportSchema = z.object({
  resources: z
    .array(
      z.object({
        filename: z.string(),
        kind: z.string(),
        name: z.string(),
        status: z.enum(['statusValid', 'statusInvalid', 'statusError', 'statusSkipped', 'statusEmpty']),
        msg: z.string().default(''),
        validationErrors: z.array(z.object({ path: z.string(), msg: z.string() })).nullish(),
      }),
    )
    .nullable(),
});

/** One object: `problems` is empty where its schema fits. A kind without a schema has a problem: none is skipped. */
export interface Validated {
  readonly what: string;
  readonly problems: readonly string[];
}

/** Holds every object of the files (paths from the root), or of the text, against the schema of its kind. */
export function validate(manifests: readonly string[] | string): Validated[] {
  need('kubeconform');
  bringSchemas();
  const flags = ['-strict', '-output', 'json', '-verbose', '-schema-location', schemaLocation];
  const isText = typeof manifests === 'string';
  const run = spawnSync('kubeconform', [...flags, ...(isText ? ['-'] : manifests)], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    ...(isText ? { input: manifests } : {}),
  });
  if (run.error) throw run.error;
  const { resources } = reportSchema.parse(JSON.parse(run.stdout));
  return (resources ?? [])
    .filter(({ status }) => status !== 'statusEmpty')
    .map(({ filename, kind, name, status, msg, validationErrors }) => ({
      what: `${filename}: ${kind} ${name}`,
      problems:
        status === 'statusValid'
          ? []
          : validationErrors?.length
            ? validationErrors.map((error) => `${error.path}: ${error.msg}`)
            : [msg || 'this kind was skipped'],
    }));
}
