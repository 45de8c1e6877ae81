import { expect, test } from '@jest/globals';
import { correctEnvironment, fitEnvironment } from './environment.ts';
import type { ReadingBlock } from './readings.ts';

const air = { temperature: 'T', humidity: 'H' };

/** 400 readings of one air, whose temperature and humidity go their own ways. */
function readings(swing: { t: number; h: number }, level: (t: number, h: number) => number): ReadingBlock {
  const rows = Array.from({ length: 400 }, (_, second) => {
    const t = 22 + swing.t * Math.sin(second / 30);
    const h = 45 + swing.h * Math.cos(second / 17);
    return [level(t, h), t, h];
  });
  return {
    channels: ['A', 'T', 'H'],
    timesMs: rows.map((_, second) => second * 1000),
    values: Float64Array.from(rows.flat()),
  };
}

test('slopes are found again, and taking them away leaves the level', () => {
  const block = readings({ t: 4, h: 10 }, (t, h) => 100 + 3 * (t - 22) - 0.5 * (h - 45));
  const fit = fitEnvironment(block, ['A'], air);
  if (fit.kind !== 'fitted') throw new Error(fit.detail);
  const [slope] = fit.environment.coefficients;
  expect(slope?.perCelsius).toBeCloseTo(3, 6);
  expect(slope?.perPercent).toBeCloseTo(-0.5, 6);
  expect(slope?.explained).toBeCloseTo(1, 6);
  const flat = correctEnvironment(block, fit.environment, air);
  const levels = block.timesMs.map((_, row) => flat.values[row * 3] ?? Number.NaN);
  expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(1e-6);
  expect(flat.values[1]).toBe(block.values[1]);
});

test('what does not change has no slope, and air that does not change at all gives no fit', () => {
  const dry = fitEnvironment(
    readings({ t: 4, h: 0 }, (t) => 100 + 2 * t),
    ['A'],
    air,
  );
  expect(dry).toMatchObject({ kind: 'fitted', environment: { coefficients: [{ perPercent: 0 }] } });
  expect(
    fitEnvironment(
      readings({ t: 0.1, h: 0.1 }, () => 1),
      ['A'],
      air,
    ),
  ).toMatchObject({ kind: 'failed', detail: expect.stringMatching(/needs 2 °C or 5 %/) });
  expect(
    fitEnvironment(
      readings({ t: 4, h: 9 }, () => 1),
      ['A'],
      { temperature: 'T' },
    ),
  ).toMatchObject({ kind: 'failed', detail: expect.stringMatching(/^0 readings/) });
});

test('two that rise and fall together are not both given the same change', () => {
  const rows = Array.from({ length: 400 }, (_, second) => {
    const t = 22 + 4 * Math.sin(second / 30);
    return [100 + 3 * (t - 22), t, 2 * t];
  });
  const block: ReadingBlock = {
    channels: ['A', 'T', 'H'],
    timesMs: rows.map((_, second) => second * 1000),
    values: Float64Array.from(rows.flat()),
  };
  const fit = fitEnvironment(block, ['A'], air);
  expect(fit).toMatchObject({
    kind: 'fitted',
    environment: { coefficients: [{ perCelsius: expect.closeTo(3, 3), perPercent: 0 }] },
  });
});

test('a reading without temperature stays as it was measured', () => {
  const block: ReadingBlock = {
    channels: ['A', 'T', 'H'],
    timesMs: [0, 1000],
    values: Float64Array.from([100, Number.NaN, 50, 100, 24, 50]),
  };
  const environment = {
    coefficients: [{ channel: 'A', perCelsius: 2, perPercent: 0, explained: 0 }],
    referenceTemperature: 20,
    referenceHumidity: 50,
    source: 'data sheet',
  };
  const { values } = correctEnvironment(block, environment, air);
  expect([values[0], values[3]]).toEqual([100, 92]);
});
