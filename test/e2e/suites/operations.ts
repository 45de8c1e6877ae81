import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { ReceivedSpan } from '../../support/trace-receiver.ts';
import type { GetFleet } from './index.ts';

/** The names the design promises; a scrape of the running fleet must hold every one. */
const promised = [
  'olfactory_requests_total',
  'olfactory_request_duration_seconds',
  'olfactory_errors_total',
  'olfactory_inference_duration_seconds',
  'olfactory_batch_size',
  'olfactory_queue_depth',
  'olfactory_model_accuracy',
  'olfactory_memory_usage_bytes',
  'olfactory_gpu_utilization_percent',
  'olfactory_cache_hit_rate',
  'olfactory_sensor_readings_total',
  'olfactory_sensor_errors_total',
  'olfactory_sensor_calibration_status',
  'olfactory_molecules_generated_total',
  'olfactory_molecule_validity_rate',
  'olfactory_safety_score',
  'olfactory_jobs_total',
];

function hasEdge(spans: readonly ReceivedSpan[], from: string, to: string): boolean {
  return spans.some((child) => {
    const parent = spans.find((span) => span.spanId === child.parentSpanId);
    return child.service === `sillage-${to}` && parent?.service === `sillage-${from}`;
  });
}

export function operations(get: GetFleet): void {
  test('every service says it is started, live and ready', async () => {
    const { fleet } = get();
    for (const base of [...Object.values(fleet.ops), fleet.url]) {
      for (const path of ['/health/startup', '/health/live', '/health/ready']) {
        expect([base, path, (await fetch(`${base}${path}`)).status]).toEqual([base, path, 200]);
      }
    }
  });

  test('every promised metric is in a scrape of the fleet', async () => {
    const scrapes = await Promise.all(
      Object.values(get().fleet.ops).map(async (base) => (await fetch(`${base}/metrics`)).text()),
    );
    const samples = new Set(
      scrapes
        .join('\n')
        .split('\n')
        .filter((line) => line.startsWith('olfactory_'))
        .map((line) => line.replace(/[{ ].*/, '').replace(/_(bucket|sum|count)$/, '')),
    );
    expect(promised.filter((name) => !samples.has(name))).toEqual([]);
  });

  test('the OpenAPI document describes the routes, and the reference page needs nothing from elsewhere', async () => {
    const { api } = get();
    const { body } = await api.get('/openapi.json');
    expect(body.openapi).toMatch(/^3\.1/);
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining(['/api/v1/predict', '/api/v1/generate', '/api/v1/jobs', '/api/v1/keys']),
    );
    const page = await api.get('/docs', { Accept: 'text/html' });
    expect(page.status).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  test('one trace runs from the HTTP request to auth, inference and the worker', async () => {
    const { api, traces } = get();
    const traceId = randomBytes(16).toString('hex');
    const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
    // A key nobody has verified yet, so that the gateway has to ask auth.
    const fresh = await api.post('/api/v1/keys', { label: 'traced' });
    const job = await api.post(
      '/api/v1/jobs',
      { kind: 'predict', input: { smiles: ['CCO', 'CCCCO'] } },
      { traceparent, 'X-API-Key': fresh.body.secret },
    );
    expect(job.status).toBe(202);
    await traces.waitFor(
      traceId,
      (spans) =>
        hasEdge(spans, 'gateway', 'auth') &&
        hasEdge(spans, 'gateway', 'worker') &&
        hasEdge(spans, 'worker', 'inference'),
      20_000,
    );
    const direct = randomBytes(16).toString('hex');
    await api.post(
      '/api/v1/predict',
      { smiles: 'CCCCCCCCCO' },
      { traceparent: `00-${direct}-${randomBytes(8).toString('hex')}-01` },
    );
    await traces.waitFor(direct, (spans) => hasEdge(spans, 'gateway', 'inference'), 10_000);
  }, 40_000);
}
