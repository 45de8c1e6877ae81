import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const models = join(import.meta.dirname, '../../models');

export interface DemoOptions {
  readonly url: string;
  readonly key: string;
  print: (text: string) => void;
}

const noteSchema = z.object({ note: z.string(), probability: z.number() });
const predictSchema = z.object({
  predictions: z.array(z.object({ smiles: z.string(), notes: z.array(noteSchema) })),
});
const generateSchema = z.object({
  understood: z.record(z.string(), z.number()),
  molecules: z.array(z.object({ smiles: z.string(), match: z.number(), notes: z.array(noteSchema) })),
});
const deviceSchema = z.object({ id: z.string() });
const classificationSchema = z.object({
  status: z.string(),
  substance: z.string().nullish(),
  probabilities: z.array(z.object({ substance: z.string(), probability: z.number() })),
});
const goldenSchema = z.object({
  channels: z.array(z.string()),
  cases: z.array(z.object({ substance: z.string(), frames: z.array(z.array(z.number().nullable())) })),
});

const molecules = [
  ['vanillin', 'COc1cc(C=O)ccc1O'],
  ['limonene', 'CC1=CCC(CC1)C(C)=C'],
  ['dimethyl disulfide', 'CSSC'],
] as const;

/** Asks a running fleet the three questions and prints what it answers. */
export async function askThreeQuestions({ url, key, print }: DemoOptions): Promise<void> {
  const ask = client(url, key);
  print('What does this molecule smell of?\n');
  const predicted = predictSchema.parse(
    await ask('POST', '/api/v1/predict', { smiles: molecules.map(([, smiles]) => smiles), top_k: 5 }),
  );
  predicted.predictions.forEach((prediction, index) => {
    print(`  ${(molecules[index]?.[0] ?? '').padEnd(20)}${notesOf(prediction.notes)}\n`);
  });

  const description = 'warm vanilla, slightly smoky, not floral';
  print(`\nWhich new molecule would smell of “${description}”?\n`);
  const generated = generateSchema.parse(
    await ask('POST', '/api/v1/generate', { description, num_molecules: 3, seed: 7 }),
  );
  for (const molecule of generated.molecules) {
    print(
      `  ${molecule.smiles.padEnd(34)} match ${molecule.match.toFixed(2)}   ${notesOf(molecule.notes.slice(0, 3))}\n`,
    );
  }

  print('\nWhat is this electronic nose smelling?\n');
  print(`  ${await smell(ask)}\n\n`);
}

/** Replays a recorded window through the API, as a device would send it. */
async function smell(ask: Ask): Promise<string> {
  const file = join(models, 'enose-smellnet/2/golden.json');
  const golden = goldenSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const [window] = golden.cases;
  if (!window) throw new Error(`${file} holds no window`);
  const device = deviceSchema.parse(await ask('POST', '/api/v1/sensors/devices', { name: 'demo nose' }));
  const path = `/api/v1/sensors/devices/${device.id}`;
  const end = Date.now();
  const readings = window.frames.map((frame, index) => ({
    t: new Date(end - (window.frames.length - index) * 1000).toISOString(),
    channels: Object.fromEntries(
      golden.channels.flatMap((channel, column) => {
        const value = frame[column];
        return value === null || value === undefined ? [] : [[channel, value]];
      }),
    ),
  }));
  await ask('POST', `${path}/readings`, { readings });
  const answer = classificationSchema.parse(await ask('GET', `${path}/classification`));
  await ask('DELETE', path);
  const [best] = answer.probabilities;
  return `${readings.length} s of ${window.substance} replayed → ${answer.substance ?? '?'} (${answer.status}, ${percent(best?.probability ?? 0)})`;
}

type Ask = (method: string, path: string, body?: unknown) => Promise<unknown>;

function client(url: string, key: string): Ask {
  return async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'X-API-Key': key, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}

function notesOf(notes: readonly z.infer<typeof noteSchema>[]): string {
  return notes.map(({ note, probability }) => `${note} ${percent(probability)}`).join(', ');
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
