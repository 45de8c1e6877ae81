import type { MoleculeJson } from '@sillage/contracts';
import { toCsv, toSdf } from './export.ts';

export type Format = 'csv' | 'sdf' | 'png';

/** Hands the browser a file of these molecules. `drawings` are the API's, by SMILES. */
export async function save(
  format: Format,
  molecules: readonly MoleculeJson[],
  drawings: ReadonlyMap<string, string>,
): Promise<void> {
  hand(await fileOf(format, molecules, drawings), `sillage-molecules.${format}`);
}

async function fileOf(
  format: Format,
  molecules: readonly MoleculeJson[],
  drawings: ReadonlyMap<string, string>,
): Promise<Blob> {
  if (format === 'csv') return new Blob([toCsv(molecules)], { type: 'text/csv' });
  if (format === 'png') return sheetOf(molecules, drawings);
  const { Molecule } = await import('openchemlib');
  const molfileOf = (smiles: string) => Molecule.fromSmiles(smiles).toMolfile();
  return new Blob([toSdf(molecules, molfileOf)], { type: 'chemical/x-mdl-sdfile' });
}

function hand(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const cell = { width: 480, height: 440, drawing: 360 };

/** One sheet with every structure, its match and its first notes. */
async function sheetOf(
  molecules: readonly MoleculeJson[],
  drawings: ReadonlyMap<string, string>,
): Promise<Blob> {
  const across = Math.min(4, Math.max(1, molecules.length));
  const sheet = document.createElement('canvas');
  sheet.width = across * cell.width;
  sheet.height = Math.ceil(molecules.length / across) * cell.height;
  const context = sheet.getContext('2d');
  if (!context) throw new Error('this browser gives no canvas');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.textAlign = 'center';
  for (const [index, molecule] of molecules.entries()) {
    const x = (index % across) * cell.width;
    const y = Math.floor(index / across) * cell.height;
    const svg = drawings.get(molecule.smiles);
    if (svg !== undefined) {
      const image = new Image();
      image.src = `data:image/svg+xml;utf8,${encodeURIComponent(svg)}`;
      await image.decode();
      context.drawImage(image, x + 20, y + 10, cell.width - 40, cell.drawing - 20);
    }
    context.fillStyle = '#241d20';
    context.font = '600 22px system-ui, sans-serif';
    context.fillText(`${Math.round(molecule.match * 100)} %`, x + cell.width / 2, y + cell.drawing + 24);
    context.font = '18px system-ui, sans-serif';
    const notes = molecule.notes.slice(0, 3).map(({ note, label }) => label ?? note);
    context.fillText(notes.join(', '), x + cell.width / 2, y + cell.drawing + 54, cell.width - 20);
  }
  return new Promise((resolve, reject) =>
    sheet.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('no picture could be made'))),
      'image/png',
    ),
  );
}
