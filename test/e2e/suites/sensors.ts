import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { ApiClient } from '../../support/api-client.ts';
import type { GetFleet } from './index.ts';

interface Golden {
  channels: string[];
  cases: { substance: string; frames: (number | null)[][]; probabilities: number[] }[];
}

const golden: Golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../models/enose-smellnet/2/golden.json'), 'utf8'),
);

async function device(api: ApiClient): Promise<string> {
  const created = await api.post('/api/v1/sensors/devices', { name: 'test nose' });
  expect(created.status).toBe(201);
  return `/api/v1/sensors/devices/${created.body.id}`;
}

const start = Date.parse('2026-11-21T10:00:00Z');

function readings(
  frames: readonly (readonly (number | null)[])[],
): { t: string; channels: Record<string, number | null> }[] {
  return frames.map((frame, second) => ({
    t: new Date(start + second * 1000).toISOString(),
    channels: Object.fromEntries(golden.channels.map((channel, column) => [channel, frame[column] ?? null])),
  }));
}

function firstWindow(): Golden['cases'][number] {
  const [window] = golden.cases;
  if (!window) throw new Error('the golden file holds no window');
  return window;
}

export function sensors(get: GetFleet): void {
  test('recorded windows are classified as Python classifies them; a pattern that is nothing is unknown', async () => {
    const { api } = get();
    let sure = 0;
    for (const window of golden.cases) {
      const path = await device(api);
      const posted = await api.post(`${path}/readings`, { readings: readings(window.frames) });
      expect(posted.status).toBeLessThan(300);
      const { status, body } = await api.get(`${path}/classification`);
      expect(status).toBe(200);
      const [best] = body.probabilities;
      const expected = Math.max(...window.probabilities);
      expect(best.probability).toBeCloseTo(expected, 3);
      expect(body.status).toBe(window.substance === '' ? 'unknown_pattern' : 'uncalibrated');
      if (window.substance === '' || expected < 0.9) continue;
      sure += 1;
      expect(body).toMatchObject({ substance: window.substance, window_s: window.frames.length });
      expect(body.notes.length).toBeGreaterThan(0);
    }
    expect(sure).toBeGreaterThanOrEqual(3);
  }, 60_000);

  test('10,000 readings arrive in one NDJSON burst, and again without being stored twice', async () => {
    const { api } = get();
    const path = await device(api);
    const window = firstWindow();
    const burst = Array.from({ length: 10_000 }, (_, second) => {
      const frame = window.frames[second % window.frames.length] ?? [];
      return {
        t: new Date(start + second * 1000).toISOString(),
        channels: Object.fromEntries(
          golden.channels.map((channel, column) => [channel, frame[column] ?? null]),
        ),
      };
    });
    const body = burst.map((reading) => JSON.stringify(reading)).join('\n');
    const headers = { 'Content-Type': 'application/x-ndjson' };
    const first = await api.post(`${path}/readings`, body, headers);
    expect(first.body).toMatchObject({ stored: 10_000, duplicates: 0 });
    const second = await api.post(`${path}/readings`, body, headers);
    expect(second.body).toMatchObject({ stored: 0, duplicates: 10_000 });
  }, 60_000);

  test('too short a window is warming up and says what is missing', async () => {
    const { api } = get();
    const path = await device(api);
    await api.post(`${path}/readings`, { readings: readings(firstWindow().frames.slice(0, 10)) });
    const { body } = await api.get(`${path}/classification`);
    expect(body.status).toBe('warming_up');
  });

  test('calibration in clean air is kept with the device', async () => {
    const { api } = get();
    const path = await device(api);
    const frames = firstWindow().frames;
    await api.post(`${path}/readings`, { readings: readings(frames) });
    const calibrated = await api.post(`${path}/calibrations`, {
      from: new Date(start).toISOString(),
      to: new Date(start + frames.length * 1000).toISOString(),
    });
    expect(calibrated.status).toBe(201);
    const { body } = await api.get(path);
    expect(body.calibration).toMatchObject({ calibrated: true });
  });

  test('an unknown channel is an error that names it and the known ones; nothing of the batch is stored', async () => {
    const { api } = get();
    const path = await device(api);
    const [good] = readings(firstWindow().frames);
    const bad = { t: new Date(start + 5000).toISOString(), channels: { NO2: 1, Perfume: 2 } };
    const answer = await api.post(`${path}/readings`, { readings: [good, bad] });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toMatch(/Perfume/);
    expect(JSON.stringify(answer.body)).toMatch(/C2H5OH/);
    expect((await api.get(path)).body.readings).toBe(0);
  });

  test('missing and sentinel values are stored as missing and reported; readings out of order are put in order', async () => {
    const { api } = get();
    const path = await device(api);
    const all = readings(firstWindow().frames.slice(0, 3));
    const [first, second, third] = all;
    if (!first || !second || !third) throw new Error('three readings are needed');
    first.channels['NO2'] = 4294967295;
    second.channels['CO'] = null;
    const answer = await api.post(`${path}/readings`, { readings: [third, first, second] });
    expect(answer.status).toBeLessThan(300);
    expect(answer.body).toMatchObject({ stored: 3, out_of_order: expect.any(Number) });
    expect(answer.body.out_of_order).toBeGreaterThan(0);
    expect(answer.body.findings).toContainEqual(
      expect.objectContaining({ channel: 'NO2', kind: 'sentinel' }),
    );
    const stored = await api.get(`${path}/readings`);
    expect(stored.body.readings.map(({ t }: { t: string }) => Date.parse(t))).toEqual([
      start,
      start + 1000,
      start + 2000,
    ]);
    expect(stored.body.readings[0].channels.NO2).toBeNull();
  });

  test('a device of nobody is not found; a reading without a time is refused by name', async () => {
    const { api } = get();
    const missing = await api.get(
      '/api/v1/sensors/devices/00000000-0000-4000-8000-000000000000/classification',
    );
    expect(missing.status).toBe(404);
    const path = await device(api);
    const answer = await api.post(`${path}/readings`, { readings: [{ channels: { NO2: 1 } }] });
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].pointer).toBe('/readings/0/t');
  });
}
