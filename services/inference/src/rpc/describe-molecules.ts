import { safetyRulesEdition } from '@sillage/chem';
import {
  type DescribeMoleculesRequest__Output,
  type DescribeMoleculesResponse,
  type MoleculeRow as MoleculeRowMessage,
  maxPredictMolecules,
} from '@sillage/contracts';
import { invalidField, type RequestContext } from '@sillage/kit';
import { chunksOf } from '../serving/chunks.ts';
import type { Permits } from '../serving/permits.ts';
import type { MoleculeRow, RefusedMolecule } from '../threads/protocol.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import { errorMessage } from './messages.ts';

/** Molecules of one task. */
const chunkSize = 16;

/** DescribeMolecules: properties and safety. Bad molecules fail their own row. */
export async function describeMolecules(
  { pool, permits }: { pool: ThreadPool; permits: Permits },
  { smiles, properties, safety }: DescribeMoleculesRequest__Output,
  { signal }: RequestContext,
): Promise<DescribeMoleculesResponse> {
  if (smiles.length < 1 || smiles.length > maxPredictMolecules) {
    throw invalidField('/smiles', `send 1 to ${maxPredictMolecules} molecules, not ${smiles.length}`);
  }
  const release = permits.take(smiles.length);
  try {
    const chunks = await Promise.all(
      chunksOf(smiles, chunkSize).map((chunk) =>
        pool.run('details', { smiles: chunk, properties, safety }, { signal }),
      ),
    );
    edition ??= safetyRulesEdition();
    return {
      rows: chunks.flat().map(rowMessage),
      ...(safety ? { safetyVersion: edition.version, safetyRules: edition.rules } : {}),
    };
  } finally {
    release();
  }
}

/** Read when it is first asked for: the rules do not change while the process lives. */
let edition: ReturnType<typeof safetyRulesEdition> | undefined;

function rowMessage(row: MoleculeRow | RefusedMolecule): MoleculeRowMessage {
  if (row.kind === 'bad') return { error: errorMessage(row) };
  const { canonical, warnings, properties, safety } = row;
  return {
    smiles: canonical,
    warnings: [...warnings],
    ...(properties ? { properties } : {}),
    ...(safety ? { safety: { score: safety.score, flags: [...safety.flags] } } : {}),
  };
}
