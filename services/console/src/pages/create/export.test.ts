import { expect, test } from '@jest/globals';
import { toCsv, toSdf } from './export.ts';

const molecule = {
  smiles: 'CC(=O)C',
  valid: true,
  novel: false,
  match: 0.71,
  notes: [
    { note: 'solvent', probability: 0.9 },
    { note: 'ethereal', probability: 0.5 },
  ],
  molecular_weight: 58.08,
  log_p: -0.2,
  safety: { score: 0.9, flags: [{ rule: 'x', title: 'Ketone, "small"', severity: 'info', source: 'IFRA' }] },
};

test('CSV quotes what needs it, and nothing in it is a formula', () => {
  const [header, row] = toCsv([molecule, { ...molecule, smiles: '=CMD()' }]).split('\r\n');
  expect(header).toMatch(/^smiles,match,novel,notes/);
  expect(row).toBe(
    'CC(=O)C,0.71,false,solvent 0.9; ethereal 0.5,58.08,-0.2,,0.9,"info: Ketone, ""small"" (IFRA)"',
  );
  expect(toCsv([{ ...molecule, smiles: '=CMD()' }])).toContain("\r\n'=CMD()");
});

test('SDF has a molfile, the fields that are there, and an end for each molecule', () => {
  const sdf = toSdf([molecule, molecule], (smiles) => `${smiles}\n  made\n\nM  END\n`);
  expect(sdf.split('$$$$\n')).toHaveLength(3);
  expect(sdf).toContain('M  END\n>  <smiles>\nCC(=O)C\n\n>  <match>\n0.71\n\n');
  expect(sdf).not.toContain('synthetic_accessibility');
});
