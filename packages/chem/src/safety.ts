import type { Chem } from './chem.ts';
import type { Molecule, Pattern } from './molecule.ts';
import { bitsOf, loadSafetyRules, needsMetBy, type SafetyRule, type SafetySeverity } from './safety-rules.ts';

/** A rule that a molecule meets. */
export interface SafetyFlag {
  /** Id of the rule. */
  readonly rule: string;
  readonly severity: SafetySeverity;
  /** For a list of substances with the name of the substance. */
  readonly title: string;
  /** Publication that the rule follows, and the place in it. */
  readonly source: string;
}

/** What the rules say of one molecule. */
export interface SafetyVerdict {
  /**
   * 0 when a `block` rule is met. Otherwise each kind of concern counts once, by its most severe flag: 0.7 for a
   * `warn`, 0.95 for an `info`, multiplied; 1 when no rule is met. An order for sorting and filtering, not a
   * probability of harm: 1 says that none of our rules knows the structure, not that the molecule is safe.
   */
  readonly score: number;
  /** Most severe first. */
  readonly flags: readonly SafetyFlag[];
}

const FACTORS: Readonly<Record<SafetySeverity, number>> = { block: 0, warn: 0.7, info: 0.95 };
const SEVERITIES: readonly SafetySeverity[] = ['block', 'warn', 'info'];

interface Screened {
  readonly rule: SafetyRule;
  readonly needs: number;
  /** The flag if the molecule meets the rule. */
  readonly test: (molecule: Molecule) => SafetyFlag | undefined;
}

export interface ScreenOptions {
  readonly rules?: readonly SafetyRule[];
  /** False: every rule is run, whatever it needs. For checking that `needs` hides nothing. */
  readonly isFiltered?: boolean;
}

/** The rules of data/safety, compiled once for one Chem. Dispose it before the Chem is dropped. */
export class SafetyScreen {
  private readonly rules: readonly Screened[];
  private readonly patterns: Pattern[] = [];
  private readonly isFiltered: boolean;

  /** Throws an Error that names the rule when a SMARTS is malformed. */
  constructor(chem: Chem, { rules = loadSafetyRules(), isFiltered = true }: ScreenOptions = {}) {
    this.isFiltered = isFiltered;
    this.rules = SEVERITIES.flatMap((severity) => rules.filter((rule) => rule.severity === severity)).map(
      (rule) => ({
        rule,
        needs: rule.kind === 'smarts' ? bitsOf(rule.needs) : 0,
        test: this.testOf(rule, chem),
      }),
    );
  }

  /** Looks at the molecule with every rule. Throws ChemError of kind `engine` when RDKit crashes. */
  screen(molecule: Molecule): SafetyVerdict {
    const flags: SafetyFlag[] = [];
    const worst = new Map<string, number>();
    const met = needsMetBy(molecule.canonicalSmiles);
    for (const { rule, needs, test } of this.rules) {
      if (this.isFiltered && (met & needs) !== needs) continue;
      const flag = test(molecule);
      if (flag === undefined) continue;
      flags.push(flag);
      worst.set(rule.concern, Math.min(worst.get(rule.concern) ?? 1, FACTORS[rule.severity]));
    }
    return { score: [...worst.values()].reduce((product, factor) => product * factor, 1), flags };
  }

  /** Whether a rule of severity `block` is met; many times faster than all rules. */
  blocks(molecule: Molecule): boolean {
    const met = needsMetBy(molecule.canonicalSmiles);
    for (const { rule, needs, test } of this.rules) {
      // They come first.
      if (rule.severity !== 'block') return false;
      if (this.isFiltered && (met & needs) !== needs) continue;
      if (test(molecule) !== undefined) return true;
    }
    return false;
  }

  [Symbol.dispose](): void {
    for (const pattern of this.patterns) pattern[Symbol.dispose]();
  }

  private testOf(rule: SafetyRule, chem: Chem): Screened['test'] {
    const { id, severity, title, cited } = rule;
    const flag = (what: string, where: string | undefined): SafetyFlag => ({
      rule: id,
      severity,
      title: what,
      source: where === undefined ? cited : `${cited}, ${where}`,
    });
    if (rule.kind === 'substances') {
      const bySmiles = new Map(
        rule.substances.flatMap(({ name, smiles, where }) =>
          smiles.map((form) => [form, flag(`${title}: ${name}`, where ?? rule.where)] as const),
        ),
      );
      return (molecule) => bySmiles.get(molecule.flatSmiles);
    }
    const { smarts, minimumMatches } = rule;
    const patterns = smarts.map((text) => compile(chem, rule, text));
    this.patterns.push(...patterns);
    const found = flag(title, rule.where);
    const isMet = (molecule: Molecule, pattern: Pattern): boolean =>
      minimumMatches === 1 ? molecule.matches(pattern) : molecule.countMatches(pattern) >= minimumMatches;
    return (molecule) => (patterns.some((pattern) => isMet(molecule, pattern)) ? found : undefined);
  }
}

/** Canonical SMILES without stereo of the fragrance allergens that labels in the European Union must name. */
export function fragranceAllergens(rules: readonly SafetyRule[] = loadSafetyRules()): readonly string[] {
  return rules.flatMap((rule) =>
    rule.kind === 'substances' && rule.id === 'eu-fragrance-allergen'
      ? rule.substances.flatMap(({ smiles }) => smiles)
      : [],
  );
}

function compile(chem: Chem, { id }: SafetyRule, smarts: string): Pattern {
  try {
    return chem.pattern(smarts);
  } catch (error) {
    throw new Error(`safety rule ${id}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Which rules these are: the newest version among their files, and how many there are. */
export function safetyRulesEdition(rules: readonly SafetyRule[] = loadSafetyRules()): {
  readonly version: string;
  readonly rules: number;
} {
  return {
    version:
      rules
        .map(({ version }) => version)
        .toSorted()
        .at(-1) ?? '',
    rules: rules.length,
  };
}
