import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Chem } from './chem.ts';
import type { Molecule, Pattern } from './molecule.ts';

const ruleSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string().min(1),
  smarts: z.string().min(1),
  /** How many different matches it takes. */
  minimumMatches: z.int().min(1).default(1),
  severity: z.enum(['block', 'warn', 'info']),
  source: z.string().min(1),
  /** A molecule that the rule must flag, and one close to it that it must not. */
  trips: z.string().min(1),
  passes: z.string().min(1),
});
const fileSchema = z.strictObject({ version: z.string().min(1), rules: z.array(ruleSchema).min(1) });

/** One structural alert, as data/safety-rules.json writes it. */
export type SafetyRule = z.infer<typeof ruleSchema>;
/** `block`: never returned by generation; `warn` and `info`: told. */
export type SafetySeverity = SafetyRule['severity'];

/** A rule that a molecule meets. */
export interface SafetyFlag {
  /** Id of the rule. */
  readonly rule: string;
  readonly severity: SafetySeverity;
  readonly title: string;
  /** Publication that the rule follows. */
  readonly source: string;
}

/** What the rules say of one molecule. */
export interface SafetyVerdict {
  /**
   * 0 when a `block` rule is met; otherwise 0.7 for each `warn` and 0.95 for each `info`, multiplied; 1 when
   * no rule is met. An order for sorting and filtering, not a probability of harm: 1 says that none of our
   * rules knows the structure, not that the molecule is safe.
   */
  readonly score: number;
  /** Most severe first. */
  readonly flags: readonly SafetyFlag[];
}

const FACTORS: Readonly<Record<SafetySeverity, number>> = { block: 0, warn: 0.7, info: 0.95 };
const SEVERITIES: readonly SafetySeverity[] = ['block', 'warn', 'info'];

/** Reads the rules that come with this package; throws when the file is not as described. */
export function loadSafetyRules(
  file: URL = new URL('../data/safety-rules.json', import.meta.url),
): readonly SafetyRule[] {
  const { rules } = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  if (new Set(rules.map(({ id }) => id)).size !== rules.length)
    throw new Error('two safety rules share an id');
  return rules;
}

/** Structural alerts, compiled once for one Chem. Dispose it before the Chem is dropped. */
export class SafetyScreen {
  private readonly compiled: readonly { readonly rule: SafetyRule; readonly pattern: Pattern }[];

  constructor(chem: Chem, rules: readonly SafetyRule[] = loadSafetyRules()) {
    this.compiled = SEVERITIES.flatMap((severity) => rules.filter((rule) => rule.severity === severity)).map(
      (rule) => ({ rule, pattern: chem.pattern(rule.smarts) }),
    );
  }

  /** Looks at the molecule with every rule. Throws ChemError of kind `engine` when RDKit crashes. */
  screen(molecule: Molecule): SafetyVerdict {
    const met = this.compiled.filter(
      ({ rule, pattern }) => molecule.countMatches(pattern) >= rule.minimumMatches,
    );
    const score = met.reduce((product, { rule }) => product * FACTORS[rule.severity], 1);
    const flags = met.map(({ rule: { id, severity, title, source } }) => ({
      rule: id,
      severity,
      title,
      source,
    }));
    return { score, flags };
  }

  [Symbol.dispose](): void {
    for (const { pattern } of this.compiled) pattern[Symbol.dispose]();
  }
}
