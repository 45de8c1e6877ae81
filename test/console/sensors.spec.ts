import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { api, expect, expectUsable, picture, test } from './fixtures.ts';

type Device = { readonly id: string; readonly readings: number };

interface Golden {
  readonly channels: readonly string[];
  readonly cases: readonly {
    readonly substance: string;
    readonly frames: readonly (readonly (number | null)[])[];
  }[];
}

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../models/enose-smellnet/2/golden.json'), 'utf8'),
) as Golden;
const path = '/api/v1/sensors/devices';

/** Seconds that the air grew warmer. */
const warmingS = 360;

/** A window that the model was held against when it was trained, as a file. */
function recording(): { readonly substance: string; readonly csv: Buffer; readonly rows: number } {
  const [first] = golden.cases;
  if (!first) throw new Error('golden.json has no case');
  const lines = [golden.channels, ...first.frames].map((row) => row.map((cell) => cell ?? '').join(','));
  return {
    substance: first.substance,
    csv: Buffer.from(`${lines.join('\n')}\n`),
    rows: first.frames.length,
  };
}

/**
 * A device that breathed clean air for a minute and a gas for the next one; and before them, for six minutes, air that grew
 * warmer by six degrees, which adds three counts each to one channel. All ended before now.
 */
async function breathed(name: string): Promise<{ readonly id: string; readonly start: number }> {
  const { id } = (await api('POST', path, { name })) as Device;
  const air = { NO2: 130, C2H5OH: 160, VOC: 163, CO: 839, Alcohol: 100, LPG: 106, Gas_Resistance: 400 };
  const start = Math.floor(Date.now() / 1000) * 1000 - 130_000;
  const readings = Array.from({ length: 120 }, (_, second) => ({
    t: new Date(start + second * 1000).toISOString(),
    // The gas moves one channel, by a hundred counts.
    channels: { ...air, NO2: second < 60 ? 130 : 230 },
  }));
  const warming = Array.from({ length: warmingS }, (_, second) => ({
    t: new Date(start - (warmingS - second) * 1000).toISOString(),
    channels: { ...air, NO2: 130 + second / 20, Temperature: 17 + second / 60, Humidity: 50 },
  }));
  await api('POST', `${path}/${id}/readings`, { readings: [...warming, ...readings] });
  return { id, start };
}

/** A time as its field takes it: the browser leaves out seconds that are none. */
function field(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replace(/:00$/, '');
}

async function span(page: Page, from: number, to: number): Promise<void> {
  await page.getByRole('radio', { name: 'Stored readings' }).click();
  await page.getByLabel('From', { exact: true }).fill(field(from));
  await page.getByLabel('To', { exact: true }).fill(field(to));
}

async function choose(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer });
}

test('a device is registered, a recording replayed into it and recognised; live, history, a reload', async ({
  console: page,
}) => {
  const { substance, csv, rows } = recording();
  await page.goto('/sensors');
  await expectUsable(page);
  await page.getByRole('button', { name: 'Register a device' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Register a device' });
  await dialog.getByLabel('Name').fill('Kitchen nose');
  await dialog.getByRole('button', { name: 'Register', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Kitchen nose' })).toBeVisible();
  await expect(page.getByText('Never measured')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No readings yet' })).toBeVisible();
  await page.getByRole('tab', { name: 'Replay' }).click();
  await page.getByRole('radio', { name: 'File' }).click();
  await choose(page, 'kitchen.csv', csv);
  await expect(page.getByText(`${rows} readings: ${golden.channels.join(', ')}`)).toBeVisible();
  await page.getByRole('radio', { name: '60 ×' }).click();
  await page.getByRole('button', { name: 'Play' }).click();
  await expect(page.getByText(`All of it is sent: ${rows} readings are stored.`)).toBeVisible();
  await expect(page.getByTestId('substance')).toHaveText(substance.replaceAll('_', ' '));
  await expectUsable(page);
  await picture(page, 'sensors-replay');
  await page.getByRole('tab', { name: 'Live' }).click();
  await expect(page.getByRole('img', { name: /^NO2: .* now, from .* to / })).toBeVisible();
  await expect(page.getByText(/^\d+ of 100 seconds of readings$/)).toBeVisible();
  await expect(page.getByText('Without a calibration there is nothing to compare with.')).toBeVisible();
  await picture(page, 'sensors');
  await page.getByText('As a table').click();
  await expect(page.getByRole('cell', { name: 'NO2', exact: true })).toBeVisible();
  await expectUsable(page);
  await page.reload();
  await expect(page.getByTestId('substance')).toHaveText(substance.replaceAll('_', ' '));
  await page.getByRole('tab', { name: 'History' }).click();
  await expect(page.getByText(`${rows} points: Single readings`)).toBeVisible();
  await expectUsable(page);
  await picture(page, 'sensors-history');
  await page.getByRole('button', { name: 'Earlier' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing in this time' })).toBeVisible();
  await page.getByRole('button', { name: 'Newest' }).click();
  await expect(page.getByText(`${rows} points: Single readings`)).toBeVisible();
});

test('a calibration with a second point and its certificate; a span that is too short is told and mended', async ({
  console: page,
}) => {
  const { id, start } = await breathed('Bench nose');
  await page.goto(`/sensors?device=${id}&tab=calibration`);
  await page.getByRole('button', { name: 'Calibrate' }).click();
  await span(page, start, start + 5000);
  await page.getByRole('button', { name: 'Check and go on' }).click();
  await expect(page.getByRole('alert')).toContainText('too few readings');
  await span(page, start, start + 59_000);
  await page.getByRole('button', { name: 'Check and go on' }).click();
  await expect(page.getByRole('heading', { level: 3, name: 'Second point' })).toBeFocused();
  await page.getByText('With a second point').click();
  await span(page, start + 61_000, start + 119_000);
  await page.getByLabel('NO2', { exact: true }).fill('82');
  await page.getByLabel('NO2', { exact: true }).blur();
  await expectUsable(page);
  await page.getByRole('button', { name: 'Check and go on' }).click();
  await expect(page.getByRole('heading', { level: 3, name: 'Temperature and humidity' })).toBeFocused();
  await page.getByText('With temperature and humidity').click();
  await span(page, start - 60_000, start - 1000);
  await page.getByRole('button', { name: 'Check and go on' }).click();
  await expect(page.getByRole('alert')).toContainText('a fit needs 300');
  await span(page, start - warmingS * 1000, start - 1000);
  await page.getByRole('button', { name: 'Check and go on' }).click();
  await page.getByLabel('Calibrated by').fill('A. Nose');
  await page.getByLabel('Reference gas').fill('1 ppm NO2 in air');
  await page.getByRole('button', { name: 'Check and go on' }).click();
  // From 130 to 230 here, from 32 to 82 on the reference: half.
  await expect(page.getByRole('row', { name: /^NO2 .* 0\.5$/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /^NO2 3 0 100/ })).toBeVisible();
  await expectUsable(page);
  await picture(page, 'sensors-calibration');
  const before = (await api('GET', `${path}/${id}/calibrations`)) as { calibrations: unknown[] };
  expect(before.calibrations).toHaveLength(0);
  await page.getByRole('button', { name: 'Accept the calibration' }).click();
  await expect(page.getByText('The device is calibrated')).toBeVisible();
  await expect(page.getByText('A. Nose')).toBeVisible();
  await expect(page.getByText(/^Calibrated until /)).toBeVisible();
});

test('the connection breaks in the middle of a replay: it is told, and goes on by itself; nothing is stored twice', async ({
  console: page,
}) => {
  const { csv, rows } = recording();
  const { id } = (await api('POST', path, { name: 'Far nose' })) as Device;
  let isAway = false;
  await page.route('**/readings*', (route) => (isAway ? route.abort() : route.fallback()));
  await page.goto(`/sensors?device=${id}&tab=replay`);
  await page.getByRole('radio', { name: 'File' }).click();
  await choose(page, 'far.csv', csv);
  await page.getByRole('button', { name: 'Play' }).click();
  await expect(page.getByText(/^[1-9]\d* of 100 readings are stored\.$/)).toBeVisible();
  isAway = true;
  await expect(page.getByText('The connection is lost').first()).toBeVisible();
  isAway = false;
  await expect(page.getByText(`All of it is sent: ${rows} readings are stored.`)).toBeVisible();
  await expect(page.getByText('The connection is lost')).toHaveCount(0);
  expect(((await api('GET', `${path}/${id}`)) as Device).readings).toBe(rows);
});

test('several devices are asked as one; one that has nothing to say is told, and one that was removed', async ({
  console: page,
}) => {
  const { substance } = recording();
  const frames = golden.cases[0]?.frames ?? [];
  const start = Date.now() - frames.length * 1000;
  const readings = frames.map((row, second) => ({
    t: new Date(start + second * 1000).toISOString(),
    channels: Object.fromEntries(golden.channels.map((name, at) => [name, row[at] ?? null])),
  }));
  const made = await Promise.all(
    ['Left nose', 'Middle nose', 'Right nose'].map((name) => api('POST', path, { name })),
  );
  const [left, middle] = made as Device[];
  for (const device of [left, middle]) await api('POST', `${path}/${device?.id}/readings`, { readings });
  await page.goto('/sensors');
  await page.getByRole('button', { name: 'Make an array' }).click();
  const dialog = page.getByRole('dialog', { name: 'Make an array' });
  await dialog.getByLabel('Name').fill('Room 3');
  await dialog.getByText('Left nose').click();
  await expect(dialog.getByRole('button', { name: 'Make an array' })).toBeDisabled();
  await dialog.getByText('Middle nose').click();
  await dialog.getByText('Right nose').click();
  await expectUsable(page);
  await dialog.getByRole('button', { name: 'Make an array' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Room 3' })).toBeVisible();
  await expect(page.getByTestId('substance')).toHaveText(substance.replaceAll('_', ' '));
  await expect(page.getByRole('row', { name: /^Left nose Takes part/ })).toBeVisible();
  await expect(page.getByRole('row', { name: 'Right nose Silent – –' })).toBeVisible();
  await expect(page.getByText('Not all devices take part')).toBeVisible();
  await expectUsable(page);
  await picture(page, 'sensors-array');
  await api('DELETE', `${path}/${middle?.id}`);
  await expect(page.getByRole('cell', { name: 'Device removed' })).toBeVisible();
  await expect(page.getByTestId('substance')).toHaveText(substance.replaceAll('_', ' '));
  await page.getByRole('button', { name: 'Remove the array' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove the array' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sensors' })).toBeVisible();
  await expect(page.getByText('Room 3')).toHaveCount(0);
  await expect(page.getByText('Left nose')).toBeVisible();
});

test('what is no recording is refused with what to do; a synthetic one needs no hardware; a device is removed', async ({
  console: page,
}) => {
  const { id } = (await api('POST', path, { name: 'Idle nose' })) as Device;
  await page.goto(`/sensors?device=${id}&tab=replay`);
  await page.getByRole('radio', { name: 'File' }).click();
  await choose(page, 'nose.xlsx', Buffer.from('PK\0\0'));
  await expect(page.getByRole('alert')).toContainText('Export it as CSV');
  await choose(page, 'other.csv', Buffer.from('left,right\n1,2\n'));
  await expect(page.getByRole('alert')).toContainText('Its channels are NO2');
  await choose(page, 'half.ndjson', Buffer.from('{"channels":{"NO2":1}}\n{"chan'));
  await expect(page.getByRole('alert')).toContainText('Line 2 is no reading');
  await expect(page.getByRole('button', { name: 'Play' })).toBeDisabled();
  await page.getByRole('radio', { name: 'Synthetic' }).click();
  await page.getByRole('radio', { name: '60 ×' }).click();
  await page.getByRole('button', { name: 'Play' }).click();
  await expect(page.getByText('All of it is sent: 200 readings are stored.')).toBeVisible();
  await expect(page.getByTestId('substance')).not.toBeEmpty();
  await expect(page.getByRole('button', { name: 'On a new device' })).toBeVisible();
  await page.getByRole('button', { name: 'Remove the device' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove the device' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sensors' })).toBeVisible();
  await expect(page.getByText('Idle nose')).toHaveCount(0);
});
