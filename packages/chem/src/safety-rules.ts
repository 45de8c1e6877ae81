import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * What the text of a molecule's canonical SMILES can rule out before RDKit is asked. Each test may say yes too
 * often (the `n` of `[Na+]`), never no where the thing is there. A rule that needs what is absent is not run.
 */
const NEEDS = {
  N: /n/i,
  'N..N': /n.*n/i,
  /** As many letters: no atom has fewer than one. */
  '14 atoms': /^(?:[^a-z]*[a-z]){14}/i,
  O: /o/i,
  /** Two oxygens anywhere. */
  'O..O': /o.*o/i,
  /** An oxygen bonded to an oxygen, written side by side or closing a ring. */
  OO: /O[\d%[\]+-]*O|O\d.*O\d/,
  S: /s/i,
  P: /p/i,
  F: /F/,
  halogen: /F|Cl|Br|I/,
  '=': /=/,
  /** Two double bonds anywhere. */
  '=..=': /=.*=/,
  /** A carbon between two double bonds. It is written between them unless the SMILES begins with it. */
  '=C=': /=C=|=\[|(?:^|\.)C(?:=[\d%]|\(=)/,
  '=O': /=O|O=|=\[O/,
  /** Two oxygens, each at the end of a double bond. */
  '=O..=O': /(?:=O|O=|=\[O).*(?:=O|O=|=\[O)/,
  /** An aldehyde: its carbon has no branch and closes no ring. */
  CHO: /C=O|\]=O|O=C(?![(\d%])|O=\[/,
  '#': /#/,
  '+': /\+/,
  '[': /\[/,
  aromatic: /[cnosp]/,
  '14 aromatic': /^(?:[^cnosp]*[cnosp]){14}/,
  ring: /\d/,
} as const satisfies Record<string, RegExp>;

/** A property of a SMILES that a rule can need; see `needs` of a rule. */
export type Need = keyof typeof NEEDS;

const names = Object.keys(NEEDS) as Need[];
const tests = names.map((name) => NEEDS[name]);

/** The needs that a canonical SMILES meets, one bit each. */
export function needsMetBy(smiles: string): number {
  let bits = 0;
  for (const [index, test] of tests.entries()) if (test.test(smiles)) bits |= 1 << index;
  return bits;
}

/** The needs of a rule, one bit each. */
export function bitsOf(needs: readonly Need[]): number {
  return needs.reduce((bits, need) => bits | (1 << names.indexOf(need)), 0);
}

const sourceSchema = z.strictObject({
  title: z.string().min(1),
  number: z.string().min(1).optional(),
  year: z.int().min(1900).max(2100),
});

const text = z.string().min(1);
const common = {
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be small letters and digits joined by "-"'),
  title: text,
  severity: z.enum(['block', 'warn', 'info']),
  /** Key of sources.json. */
  source: text,
  /** Place in the source: an entry, an alert, a table. */
  where: text.optional(),
  why: text,
  /** What a reader of the file should know of it. */
  note: text.optional(),
  /** SMILES that the rule must flag, and similar ones that it must not. */
  trips: z.array(text).min(1),
  passes: z.array(text).min(1),
};

const structureSchema = z.strictObject({
  ...common,
  kind: z.literal('smarts'),
  /** One of them suffices. */
  smarts: z.array(text).min(1),
  /** How many different places of the molecule must match. */
  minimumMatches: z.int().min(1).default(1),
  needs: z.array(z.enum(names as [Need, ...Need[]])),
});

const substanceSchema = z.strictObject({
  name: text,
  cas: z
    .array(z.string().refine(hasCheckDigit, { error: (issue) => `${String(issue.input)} is no CAS number` }))
    .min(1),
  /** Canonical, without stereo and isotopes: all isomers count alike. */
  smiles: z.array(text).min(1),
  where: text.optional(),
  /** False: written from memory, not held against the text of the source or a copy of it. */
  verified: z.boolean().default(true),
});

const listSchema = z.strictObject({
  ...common,
  kind: z.literal('substances'),
  substances: z.array(substanceSchema).min(1),
});

const ruleSchema = z.discriminatedUnion('kind', [structureSchema, listSchema]);
const fileSchema = z.strictObject({ version: text, rules: z.array(z.unknown()).min(1) });
const sourcesSchema = z.record(z.string(), sourceSchema);

/** `block`: never returned by generation; `warn` and `info`: told. */
export type SafetySeverity = z.infer<typeof ruleSchema>['severity'];

/** One rule, as a file in data/safety writes it, with what the file says of all its rules. */
export type SafetyRule = z.infer<typeof ruleSchema> & {
  /** Name of the file: the kind of concern (explosive, toxic, controlled, regulation, reactive). */
  readonly concern: string;
  /** Of the file. */
  readonly version: string;
  /** The source as a reader is told of it: title, number and year. */
  readonly cited: string;
};

/**
 * Reads the rules in a folder: sources.json, and one file for each concern. By default those of this package.
 * Throws an Error that names every faulty rule and its fault.
 */
export function loadSafetyRules(
  folder: URL = new URL('../data/safety/', import.meta.url),
): readonly SafetyRule[] {
  const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
  const files = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'sources.json');
  return parseSafetyRules(
    Object.fromEntries(files.toSorted().map((name) => [name.replace(/\.json$/, ''), read(name)])),
    read('sources.json'),
  );
}

/** What {@link loadSafetyRules} does with the content of its files. */
export function parseSafetyRules(
  files: Readonly<Record<string, unknown>>,
  sourcesFile: unknown,
): readonly SafetyRule[] {
  const sources = sourcesSchema.parse(sourcesFile);
  const faults: string[] = [];
  const rules: SafetyRule[] = [];
  for (const [concern, file] of Object.entries(files)) {
    const { version, rules: entries } = fileSchema.parse(file);
    for (const [index, entry] of entries.entries()) {
      const name = `safety rule ${idOf(entry) ?? `number ${index + 1}`} (${concern})`;
      const { data: rule, error } = ruleSchema.safeParse(entry);
      if (rule === undefined) {
        faults.push(...error.issues.map(({ path, message }) => `${name}: ${path.join('.')}: ${message}`));
        continue;
      }
      const source = sources[rule.source];
      if (source === undefined) faults.push(`${name}: source: ${rule.source} is not in sources.json`);
      else if (rules.some(({ id }) => id === rule.id)) faults.push(`${name}: id: another rule has it too`);
      else rules.push({ ...rule, concern, version, cited: cite(source) });
    }
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return rules;
}

function idOf(entry: unknown): string | undefined {
  const id = typeof entry === 'object' && entry !== null && 'id' in entry ? entry.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

function cite({ title, number, year }: z.infer<typeof sourceSchema>): string {
  return `${title}${number === undefined ? '' : `, ${number}`} (${year})`;
}

/** The last digit of a CAS number is the weighted sum of the others, modulo 10. */
function hasCheckDigit(cas: string): boolean {
  if (!/^\d{2,7}-\d{2}-\d$/.test(cas)) return false;
  const digits = [...cas.replaceAll('-', '')].map(Number).toReversed();
  const [check, ...others] = digits;
  return others.reduce((sum, digit, index) => sum + digit * (index + 1), 0) % 10 === check;
}
