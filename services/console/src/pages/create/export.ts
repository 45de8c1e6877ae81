import type { MoleculeJson } from '@sillage/contracts';

const columns = [
  'smiles',
  'match',
  'novel',
  'notes',
  'molecular_weight',
  'log_p',
  'synthetic_accessibility',
  'safety_score',
  'safety_flags',
] as const;
/** A program for tables takes what begins so for a formula. */
const formula = /^[=+@\t\r-]/;

/** One molecule as named texts, as CSV and SDF hold them. */
function fieldsOf(molecule: MoleculeJson): Record<(typeof columns)[number], string> {
  return {
    smiles: molecule.smiles,
    match: String(molecule.match),
    novel: String(molecule.novel),
    notes: molecule.notes.map(({ note, probability }) => `${note} ${probability}`).join('; '),
    molecular_weight: String(molecule.molecular_weight),
    log_p: String(molecule.log_p ?? ''),
    synthetic_accessibility: String(molecule.synthetic_accessibility ?? ''),
    safety_score: String(molecule.safety.score),
    safety_flags: molecule.safety.flags
      .map(({ severity, title, source }) => `${severity}: ${title} (${source})`)
      .join('; '),
  };
}

/** Molecules as CSV (RFC 4180), with a header. */
export function toCsv(molecules: readonly MoleculeJson[]): string {
  const rows = molecules.map((molecule) => {
    const fields = fieldsOf(molecule);
    return columns.map((name) => fields[name]);
  });
  return [columns, ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

function quoted(text: string): string {
  const safe = formula.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Molecules as an SDF: their fields behind molfiles that `molfileOf` makes of a SMILES (openchemlib's). */
export function toSdf(molecules: readonly MoleculeJson[], molfileOf: (smiles: string) => string): string {
  return molecules
    .map((molecule) => {
      const data = Object.entries(fieldsOf(molecule))
        .filter(([, value]) => value !== '')
        .map(([name, value]) => `>  <${name}>\n${value.replaceAll(/\s+/g, ' ')}\n\n`);
      return `${molfileOf(molecule.smiles).trimEnd()}\n${data.join('')}$$$$\n`;
    })
    .join('');
}
