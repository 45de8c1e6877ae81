import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { api, expect, expectUsable, makeKey, picture, signIn, test } from './fixtures.ts';

/** So that a fleet of your own may be tested twice. */
const suffix = () => Date.now().toString(36).slice(-4);

test('usage, limits and keys: a key is made, shown once, copied, rotated and revoked', async ({
  console: page,
}) => {
  await api('POST', '/api/v1/predict', { smiles: ['CCO', 'CSSC', 'COc1cc(C=O)ccc1O'] });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/account');
  await expect(page.getByRole('img', { name: /requests, .* molecules/ })).toBeVisible();
  await expect(page.getByRole('cell', { name: /^\/api\/v1\// }).first()).toBeVisible();
  await expectUsable(page);
  await picture(page, 'account');
  await page.getByRole('tab', { name: 'Keys' }).click();
  await page.getByRole('button', { name: 'New key' }).click();
  const label = `spectrometer ${suffix()}`;
  await page.getByLabel('Label').fill(label);
  await page.getByRole('checkbox', { name: 'Generate' }).uncheck({ force: true });
  await page.getByRole('button', { name: 'Make the key' }).click();
  const secret = (await page.getByTestId('secret').textContent()) ?? '';
  expect(secret).toMatch(/^sk_/);
  await page.getByRole('button', { name: 'Copy' }).click();
  await expect(page.getByText('Copied')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  const row = page.getByRole('row').filter({ hasText: label });
  await expect(row.getByText('Active')).toBeVisible();
  await expect(row.getByText('generate')).toHaveCount(0);
  await page.reload();
  await expect(row).toBeVisible();
  expect(await page.content()).not.toContain(secret);
  await expectUsable(page);
  await picture(page, 'account-keys');
  await page.getByRole('button', { name: `Rotate ${label}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await expect(row.getByText('Being replaced')).toBeVisible();
  await page
    .getByRole('button', { name: `Revoke ${label}` })
    .first()
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(row).toHaveCount(1);
});

test('a webhook that fails: what is wrong is named, each attempt is in the log, and it is sent again', async ({
  console: page,
}) => {
  let status = 500;
  const receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end();
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  try {
    await page.goto('/account?tab=webhooks');
    await page.getByRole('button', { name: 'New webhook' }).click();
    await page.getByLabel('Address').fill('http://10.0.0.1/x');
    await page.getByRole('button', { name: 'Make the webhook' }).click();
    await expect(page.locator('.field-error')).toContainText('URL');
    const name = `laboratory ${suffix()}`;
    await page
      .getByLabel('Address')
      .fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/told`);
    await page.getByLabel('Label').fill(name);
    await page.getByRole('button', { name: 'Make the webhook' }).click();
    await expect(page.getByTestId('secret')).toContainText('whsec_');
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('button', { name: `Send a test to ${name}` }).click();
    const row = page.getByRole('row').filter({ hasText: 'webhook.test' }).first();
    await expect(row.getByText('500')).toBeVisible();
    await expect(row.getByText(/Next attempt/)).toBeVisible();
    await expectUsable(page);
    await picture(page, 'account-webhooks');
    status = 204;
    await row.getByRole('button', { name: 'Send again' }).click();
    await expect(row.getByText('Delivered')).toBeVisible();
    await page.getByRole('button', { name: `Remove ${name}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(page.getByText(name)).toHaveCount(0);
  } finally {
    receiver.close();
  }
});

test('consents are given and taken back, all is exported, and an account is deleted by its name alone', async ({
  visitor: page,
}) => {
  const name = `Maison ${suffix()}`;
  const tenant = (await api('POST', '/api/v1/admin/tenants', { name, tier: 'pro' })) as { id: string };
  const key = (await api('POST', `/api/v1/admin/tenants/${tenant.id}/keys`, {})) as { secret: string };
  await signIn(page, key.secret);
  await page.goto('/account?tab=privacy');
  const consent = page.getByRole('switch').first();
  await consent.click({ force: true });
  await expect(consent).toBeChecked();
  await expect(page.getByText(/^Decided/)).toBeVisible();
  await consent.click({ force: true });
  await expect(consent).not.toBeChecked();
  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download everything' }).click();
  expect((await coming).suggestedFilename()).toBe(`account-${tenant.id}.ndjson`);
  await expectUsable(page);
  await picture(page, 'account-privacy');
  await page.getByRole('button', { name: 'Delete the account' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('Maison');
  await expect(dialog.getByRole('button', { name: 'Delete the account' })).toBeDisabled();
  await dialog.getByRole('textbox').fill(name);
  await dialog.getByRole('button', { name: 'Delete the account' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('a session that ends in mid-work keeps what was typed; usage that cannot be had says so', async ({
  visitor: page,
}) => {
  const { secret } = await makeKey(['account']);
  await signIn(page, secret);
  let isAway = true;
  await page.route('**/account/usage**', (route) => (isAway ? route.abort() : route.fallback()));
  await page.goto('/account');
  await expect(page.getByText('Sillage cannot be reached').first()).toBeVisible();
  isAway = false;
  await page.getByRole('button', { name: 'Try again' }).first().click();
  await expect(page.getByRole('img', { name: /requests/ })).toBeVisible();
  await page.goto('/account?tab=keys');
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Label').fill('half-way');
  await page.getByRole('checkbox', { name: 'Account' }).check({ force: true });
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Make the key' }).click();
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  await dialog.getByLabel('API key').fill(secret);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByLabel('Label')).toHaveValue('half-way');
  await page.getByRole('button', { name: 'Make the key' }).click();
  await expect(page.getByTestId('secret')).toContainText('sk_');
});
