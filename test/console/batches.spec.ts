import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTestFolder } from '../support/postgres.ts';
import { api, expect, expectUsable, makeKey, picture, signIn, test } from './fixtures.ts';

type Job = { readonly id: string; readonly status: string };

/** A job that goes on until it is told otherwise: paused while most of it is still to be done. */
async function pausedJob(): Promise<Job> {
  const smiles = Array.from(
    { length: 20_000 },
    (_, index) => `C${'C'.repeat(index % 140)}O${'C'.repeat(index / 140)}`,
  );
  const job = (await api('POST', '/api/v1/jobs', { kind: 'predict', input: { smiles } })) as Job;
  return (await api('POST', `/api/v1/jobs/${job.id}/pause`)) as Job;
}

test('a Latin-1 file with semicolons becomes a job: preview, progress, bad lines, downloads; a reload keeps it', async ({
  console: page,
}) => {
  await page.goto('/batches');
  const content =
    'Nom;Structure\r\nVanilline \u00e0 l\u2019ancienne;COc1cc(C=O)ccc1O\r\nvide\r\nalcool;CCO\r\n';
  const buffer = Buffer.from(content.replace('\u2019', "'"), 'latin1');
  await page.locator('input[type=file]').setInputFiles({ name: 'odeurs.csv', mimeType: 'text/csv', buffer });
  await expect(page.getByText('windows-1252 · semicolons')).toBeVisible();
  await expect(page.getByText('No column is called smiles')).toBeVisible();
  await page.getByRole('button', { name: /Column of the molecules/ }).click();
  await page.getByRole('option', { name: 'Structure' }).click();
  await expect(page.locator('td[data-chosen]').first()).toHaveText('COc1cc(C=O)ccc1O');
  await expectUsable(page);
  await page.getByRole('button', { name: 'Start' }).click();
  const detail = page.locator('.batches-detail');
  await expect(detail.getByText('Succeeded')).toBeVisible();
  await expect(detail.getByText('Lines without a molecule: 1')).toBeVisible();
  await expect(detail.getByText('Line 3')).toBeVisible();
  await expect(detail.getByRole('cell', { name: /vanilla \d+%/ })).toBeVisible();
  await page.reload();
  await expect(detail.getByText('Succeeded')).toBeVisible();
  await expect(detail.getByRole('cell', { name: /vanilla \d+%/ })).toBeVisible();
  for (const format of ['CSV', 'NDJSON', 'SDF', 'Parquet']) {
    const coming = page.waitForEvent('download');
    await detail.getByRole('link', { name: format }).click();
    const download = await coming;
    expect(download.suggestedFilename()).toMatch(new RegExp(`^job-.*\\.${format.toLowerCase()}$`));
    await download.delete();
  }
  await expectUsable(page);
  await picture(page, 'batches');
});

test('a job is paused, resumed and cancelled; a lost connection is told, and followed on', async ({
  console: page,
}) => {
  const { id } = await pausedJob();
  let isAway = true;
  await page.route('**/events', (route) => (isAway ? route.abort() : route.fallback()));
  await page.goto(`/batches?job=${id}`);
  const detail = page.locator('.batches-detail');
  await expect(detail.getByText('The connection is lost')).toBeVisible();
  isAway = false;
  await expect(detail.getByText('The connection is lost')).toBeHidden();
  await expect(detail.getByText('Paused', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(detail.getByText('Running', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel job' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel job' }).click();
  await expect(detail.getByText('Cancelled', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Resume' })).toBeVisible();
});

test('what cannot be used is refused before it is sent, with what to do; 50 MB go through', async ({
  console: page,
}) => {
  await page.goto('/batches');
  const input = page.locator('input[type=file]');
  await input.setInputFiles({ name: 'odours.xlsx', mimeType: '', buffer: Buffer.from('PK') });
  await expect(page.getByRole('alert')).toContainText('Save it as CSV');
  await input.setInputFiles({ name: 'empty.csv', mimeType: 'text/csv', buffer: Buffer.alloc(0) });
  await expect(page.getByRole('alert')).toContainText('empty');
  const rows = Array.from(
    { length: 1000 },
    (_, index) => `C${'C'.repeat(index % 50)}O,${'x'.repeat(50_000)}`,
  );
  const path = join(makeTestFolder(), 'large.csv');
  writeFileSync(path, `smiles,remark\n${rows.join('\n')}\n`);
  await input.setInputFiles(path);
  await expect(page.getByText('50 MB · utf-8 · commas')).toBeVisible();
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.locator('.batches-detail').getByText('Prediction of 1,000 molecules')).toBeVisible();
});

test('a file with more molecules than a job may have is refused in words, though most of it is still to be sent', async ({
  console: page,
}) => {
  const path = join(makeTestFolder(), 'many.smi');
  writeFileSync(path, 'CCCCCCCCO\n'.repeat(5_000_000));
  await page.goto('/batches');
  await page.locator('input[type=file]').setInputFiles(path);
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByRole('alert')).toContainText('1000000');
  await expect(page.getByText('many.smi')).toBeVisible();
});

test('a session that ends in mid-work: the lines stay, and go on after signing in again', async ({
  visitor: page,
}) => {
  const { secret } = await makeKey(['predict']);
  await signIn(page, secret);
  await page.goto('/batches');
  await page.getByRole('radio', { name: 'Lines' }).click();
  await page.getByLabel('SMILES').fill('CCO ethanol\nCSSC');
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Start' }).click();
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  await dialog.getByLabel('API key').fill(secret);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByLabel('SMILES')).toHaveValue('CCO ethanol\nCSSC');
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.locator('.batches-detail').getByText('Succeeded')).toBeVisible();
});
