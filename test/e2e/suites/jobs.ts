import { expect, test } from '@jest/globals';
import type { ApiClient } from '../../support/api-client.ts';
import type { GetFleet } from './index.ts';

interface Progress {
  status: string;
  progress: { done: number; total: number };
}

/** Distinct molecules without end: alkyl esters of growing acids, written differently each time. */
function molecules(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const acid = 'C'.repeat(1 + (index % 30));
    const alcohol = 'C'.repeat(1 + (Math.floor(index / 30) % 30));
    const branch = '(C)'.repeat(Math.floor(index / 900) % 2);
    const middle = Math.floor(index / 1800) % 3;
    return `${acid}C${branch}${'CC=C'.repeat(middle > 0 ? 1 : 0)}${middle > 1 ? 'CO' : ''}C(=O)O${alcohol}`;
  });
}

async function finished(
  api: ApiClient,
  id: string,
  onProgress?: (progress: Progress) => void,
): Promise<Progress> {
  let last: Progress | undefined;
  for await (const { data } of api.events(`/api/v1/jobs/${id}/events`)) {
    last = data as Progress;
    onProgress?.(last);
  }
  if (!last) throw new Error('the job sent no event');
  return last;
}

function lines(text: string): unknown[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

export function jobs(get: GetFleet): void {
  test('5,000 molecules come back as 5,000 lines, none twice, though the worker is killed on the way', async () => {
    const { api, fleet } = get();
    const smiles = molecules(5000);
    expect(new Set(smiles).size).toBe(5000);
    const created = await api.post('/api/v1/jobs', { kind: 'predict', input: { smiles, top_k: 3 } });
    expect(created.status).toBe(202);
    const { id } = created.body;

    const seen: number[] = [];
    let isKilled = false;
    const last = await finished(api, id, ({ progress }) => {
      seen.push(progress.done);
      const { pid } = fleet.processes.worker;
      if (!isKilled && pid !== undefined && progress.done > 0 && progress.done < 5000) {
        isKilled = true;
        process.kill(pid, 'SIGKILL');
      }
    });
    expect(isKilled).toBe(true);
    expect(last).toMatchObject({ status: 'succeeded', progress: { done: 5000, total: 5000 } });
    expect(seen.length).toBeGreaterThan(2);

    const rows = lines(await api.text(`/api/v1/jobs/${id}/results?format=ndjson`)) as { input: string }[];
    expect(rows).toHaveLength(5000);
    expect(rows.map(({ input }) => input)).toEqual(smiles);
  }, 180_000);

  test('a generation job gives distinct molecules, as NDJSON, CSV and SDF', async () => {
    const { api } = get();
    const created = await api.post('/api/v1/jobs', {
      kind: 'generate',
      input: { description: 'fresh citrus', num_molecules: 150, seed: 3 },
    });
    const { id } = created.body;
    const last = await finished(api, id);
    expect(last.status).toBe('succeeded');
    const rows = lines(await api.text(`/api/v1/jobs/${id}/results?format=ndjson`)) as { smiles: string }[];
    expect(rows).toHaveLength(150);
    expect(new Set(rows.map(({ smiles }) => smiles)).size).toBe(150);
    const csv = (await api.text(`/api/v1/jobs/${id}/results?format=csv`)).trim().split('\n');
    expect(csv).toHaveLength(151);
    expect(csv[0]).toMatch(/smiles/);
    const sdf = await api.text(`/api/v1/jobs/${id}/results?format=sdf`);
    expect(sdf.split('$$$$').length - 1).toBe(150);
    expect(sdf).toMatch(/V2000/);
  }, 120_000);

  test('an idempotency key makes one job; with another body it is a conflict', async () => {
    const { api } = get();
    const body = { kind: 'predict', input: { smiles: ['CCO'] } };
    const headers = { 'Idempotency-Key': `order-${Date.now()}` };
    const first = await api.post('/api/v1/jobs', body, headers);
    const second = await api.post('/api/v1/jobs', body, headers);
    expect(second.body.id).toBe(first.body.id);
    const other = await api.post('/api/v1/jobs', { ...body, input: { smiles: ['CCC'] } }, headers);
    expect(other.status).toBe(409);
    expect(other.body.code).toBe('conflict');
  });

  test('a cancelled job stops and stays readable', async () => {
    const { api } = get();
    const created = await api.post('/api/v1/jobs', {
      kind: 'generate',
      input: { description: 'woody amber', num_molecules: 5000 },
    });
    const cancelled = await api.delete(`/api/v1/jobs/${created.body.id}`);
    expect(cancelled.status).toBeLessThan(300);
    const last = await finished(api, created.body.id);
    expect(last.status).toBe('cancelled');
    expect((await api.get(`/api/v1/jobs/${created.body.id}`)).body.status).toBe('cancelled');
  });

  test('another tenant does not see the job; a wrong id is not found', async () => {
    const { api } = get();
    const answer = await api.get('/api/v1/jobs/00000000-0000-4000-8000-000000000000');
    expect(answer.status).toBe(404);
    expect(answer.body.code).toBe('not_found');
  });
}
