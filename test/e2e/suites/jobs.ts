import { expect, test } from '@jest/globals';
import { badMolecules, tryJob } from '@sillage/fleet';
import type { ApiClient } from '../../support/api-client.ts';
import type { GetFleet } from './index.ts';

interface Progress {
  status: string;
  progress: { done: number; total: number };
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
  test('5,000 molecules come back once each, though the job is cancelled and resumed and its worker killed twice; no event is missed', async () => {
    const { fleet, key } = get();
    const report = await tryJob({ fleet, key, molecules: 5000 });
    expect(report).toMatchObject({ rows: 5000, missing: 0, twice: 0, wrong: 0, kills: 2, missedEvents: 0 });
    expect(report.failed).toBe(badMolecules(5000));
    expect(report.events).toBeGreaterThan(20);
    expect(report.reconnects).toBeGreaterThan(2);
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
