import {
  atomicNumberOf,
  MAX_SCAFFOLD_CHARACTERS,
  type MolecularProperties,
  type SafetyVerdict,
  type Scaffold,
} from '@sillage/chem';
import type { FieldError } from '@sillage/kit/errors';

/** What the molecules of a generation must meet. Bounds are inclusive. */
export interface Constraints {
  /** g/mol */
  readonly minMolecularWeight?: number;
  readonly maxMolecularWeight?: number;
  readonly minLogP?: number;
  readonly maxLogP?: number;
  /** As RDKit counts them. */
  readonly minRings?: number;
  readonly maxRings?: number;
  /** Symbols; hydrogen is always allowed. Empty: all. */
  readonly allowedElements?: readonly string[];
  /** A core as SMILES or a pattern as SMARTS that each molecule contains. Empty: none. */
  readonly scaffold?: string;
  readonly similarTo?: SimilarTo;
  /** 1-10 */
  readonly maxSyntheticAccessibility?: number;
  /** 0-1 */
  readonly minMatch?: number;
  readonly novelOnly?: boolean;
  readonly excludeAllergens?: boolean;
}

/** A range of Tanimoto similarity on Morgan environments of radius 2 in 2,048 bits. */
export interface SimilarTo {
  readonly smiles: string;
  /** 0-1; absent: 0. */
  readonly min?: number;
  /** 0-1; absent: 1. */
  readonly max?: number;
}

/**
 * Why a molecule was turned away, named after the constraint where it was one. `safety`: a rule of severity `block`;
 * `excluded_note`: a note that the description excludes is among its likeliest; `already_given`: the caller said so.
 */
export const rejections = [
  'already_given',
  'exclude_allergens',
  'novel_only',
  'allowed_elements',
  'min_molecular_weight',
  'max_molecular_weight',
  'min_rings',
  'max_rings',
  'min_log_p',
  'max_log_p',
  'max_synthetic_accessibility',
  'scaffold',
  'similar_to',
  'safety',
  'excluded_note',
  'min_match',
] as const;
export type Rejection = (typeof rejections)[number];

/** What the structure of a molecule must be asked for. */
export interface Structure {
  readonly properties: Omit<MolecularProperties, 'environments'>;
  /** Atomic numbers, hydrogen left out. */
  readonly elements: Iterable<number>;
  hasScaffold(): boolean;
  /** To the reference of `similarTo`, 0-1. */
  similarity(): number;
  /** What the safety rules say. */
  safety(): Pick<SafetyVerdict, 'flags'>;
}

/**
 * The first constraint on structure that a molecule does not meet; the cheap ones are asked first. Last comes safety,
 * which no request can leave out: what a rule of severity `block` knows is never returned.
 */
export function structureRejection(constraints: Constraints, structure: Structure): Rejection | undefined {
  const { properties } = structure;
  const { allowedElements = [], scaffold = '', similarTo } = constraints;
  if (allowedElements.length > 0) {
    const allowed = new Set(allowedElements.map(atomicNumberOf));
    for (const element of structure.elements) if (!allowed.has(element)) return 'allowed_elements';
  }
  for (const { name, value, min, max } of bounds(constraints)) {
    const given = properties[value];
    if (given < (min ?? -Infinity)) return `min_${name}`;
    if (given > (max ?? Infinity)) return `max_${name}`;
  }
  const { maxSyntheticAccessibility = Infinity } = constraints;
  if (properties.syntheticAccessibility > maxSyntheticAccessibility) return 'max_synthetic_accessibility';
  if (scaffold !== '' && !structure.hasScaffold()) return 'scaffold';
  if (similarTo !== undefined) {
    const similarity = structure.similarity();
    if (similarity < (similarTo.min ?? 0) || similarity > (similarTo.max ?? 1)) return 'similar_to';
  }
  return structure.safety().flags.some(({ severity }) => severity === 'block') ? 'safety' : undefined;
}

/** Whether there is a rule for which more than the SMILES of a molecule must be known. */
export function limitsStructure({
  minMatch: _match,
  novelOnly: _novel,
  ...constraints
}: Constraints): boolean {
  return isDemanding(constraints);
}

/** Whether more has to be drawn than for a description alone. */
export function isDemanding({ excludeAllergens: _, ...constraints }: Constraints): boolean {
  return Object.values(constraints).some((value) =>
    Array.isArray(value) || typeof value === 'string'
      ? value.length > 0
      : value !== undefined && value !== false,
  );
}

/** Everything wrong with constraints that shows without chemistry: values out of range, and bounds that cross. */
export function constraintFaults(constraints: Constraints): readonly FieldError[] {
  const faults: FieldError[] = [];
  const check = (field: string, value: number | undefined, isRight: boolean, detail: string) => {
    if (value !== undefined && !isRight) faults.push({ pointer: `/constraints/${field}`, detail });
  };
  for (const { name, min, max } of bounds(constraints)) {
    const [least, what] =
      name === 'molecular_weight'
        ? [0, 'above 0, in g/mol']
        : name === 'rings'
          ? [-1, 'at least 0']
          : [-Infinity, 'finite'];
    for (const [field, value] of [[`min_${name}`, min] as const, [`max_${name}`, max] as const]) {
      check(field, value, Number.isFinite(value) && (value ?? 0) > least, `must be ${what}`);
    }
    if (min !== undefined && max !== undefined && min > max) {
      faults.push(...crossed(`min_${name}`, `max_${name}`, min, max));
    }
  }
  const {
    minMatch,
    maxSyntheticAccessibility: sa,
    similarTo,
    allowedElements = [],
    scaffold = '',
  } = constraints;
  const isShare = (value: number | undefined) => value !== undefined && value >= 0 && value <= 1;
  check('min_match', minMatch, isShare(minMatch), 'must be from 0 to 1');
  check('max_synthetic_accessibility', sa, (sa ?? 0) >= 1 && (sa ?? 0) <= 10, 'must be from 1 to 10');
  if (similarTo !== undefined) {
    const { min, max } = similarTo;
    check('similar_to/min', min, isShare(min), 'must be from 0 to 1');
    check('similar_to/max', max, isShare(max), 'must be from 0 to 1');
    if (min !== undefined && max !== undefined && min > max) {
      faults.push(...crossed('similar_to/min', 'similar_to/max', min, max));
    }
  }
  for (const [index, symbol] of allowedElements.entries()) {
    if (atomicNumberOf(symbol) !== undefined) continue;
    faults.push({
      pointer: `/constraints/allowed_elements/${index}`,
      detail: `${symbol} is no element: write symbols such as C or Cl`,
    });
  }
  if (scaffold.length > MAX_SCAFFOLD_CHARACTERS) {
    faults.push({
      pointer: '/constraints/scaffold',
      detail: `must have at most ${MAX_SCAFFOLD_CHARACTERS} characters`,
    });
  }
  return faults;
}

/** Where a scaffold, read, contradicts the other constraints: no molecule could meet both. */
export function scaffoldFaults(constraints: Constraints, scaffold: Scaffold): readonly FieldError[] {
  const { maxMolecularWeight = Infinity, maxRings = Infinity, allowedElements = [] } = constraints;
  const faults: FieldError[] = [];
  const contradict = (field: string, detail: string) => {
    const pointers = ['/constraints/scaffold', `/constraints/${field}`];
    faults.push(...pointers.map((pointer) => ({ pointer, detail })));
  };
  if (scaffold.leastWeight > maxMolecularWeight) {
    const weight = scaffold.leastWeight.toFixed(1);
    contradict(
      'max_molecular_weight',
      `the scaffold alone weighs ${weight} g/mol, more than the ${maxMolecularWeight} allowed`,
    );
  }
  if (scaffold.rings > maxRings) {
    contradict(
      'max_rings',
      `the scaffold alone has ${scaffold.rings} rings, more than the ${maxRings} allowed`,
    );
  }
  const foreign = scaffold.elements.filter((symbol) => symbol !== 'H' && !allowedElements.includes(symbol));
  if (allowedElements.length > 0 && foreign.length > 0) {
    contradict(
      'allowed_elements',
      `the scaffold has ${foreign.join(', ')}, which allowed_elements leaves out`,
    );
  }
  return faults;
}

interface Bounds {
  readonly name: 'molecular_weight' | 'rings' | 'log_p';
  readonly value: 'molecularWeight' | 'rings' | 'logP';
  readonly min: number | undefined;
  readonly max: number | undefined;
}

function bounds(constraints: Constraints): readonly Bounds[] {
  const { minMolecularWeight, maxMolecularWeight, minRings, maxRings, minLogP, maxLogP } = constraints;
  return [
    { name: 'molecular_weight', value: 'molecularWeight', min: minMolecularWeight, max: maxMolecularWeight },
    { name: 'rings', value: 'rings', min: minRings, max: maxRings },
    { name: 'log_p', value: 'logP', min: minLogP, max: maxLogP },
  ];
}

function crossed(low: string, high: string, min: number, max: number): FieldError[] {
  const detail = `${low.replace('/', '.')} (${min}) is above ${high.replace('/', '.')} (${max}): no molecule can meet both`;
  return [low, high].map((field) => ({ pointer: `/constraints/${field}`, detail }));
}
