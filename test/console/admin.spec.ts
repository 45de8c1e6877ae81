import { api, expect, expectUsable, makeKey, picture, signIn, test } from './fixtures.ts';

/** So that a fleet of your own may be tested twice. */
const suffix = () => Date.now().toString(36).slice(-4);

test('the fleet: every service with its version and what it needs', async ({ console: page }) => {
  await page.goto('/admin');
  for (const name of ['gateway', 'auth', 'inference', 'sensors', 'worker']) {
    await expect(
      page.getByRole('region', { name, exact: true }).getByText('Ready', { exact: true }),
    ).toBeVisible();
  }
  await expectUsable(page);
  await picture(page, 'admin');
});

test('a tenant is made, found, moved to another tier and suspended; its key ends', async ({
  console: page,
}) => {
  const name = `Maison ${suffix()}`;
  await page.goto('/admin?tab=tenants');
  await page.getByRole('button', { name: 'New tenant' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Make the tenant' }).click();
  await page.getByRole('button', { name: 'Make the key' }).click();
  const secret = (await page.getByTestId('secret').textContent()) ?? '';
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByLabel('Search').fill(name.toUpperCase());
  const row = page.getByRole('row').filter({ hasText: name });
  await expect(row).toHaveCount(1);
  await expect(page.getByRole('row')).toHaveCount(2);
  await page.getByRole('button', { name: `Change ${name}` }).click();
  await page.getByRole('button', { name: /Tier/ }).last().click();
  await page.getByRole('option', { name: 'Pro' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(row.getByText('Pro')).toBeVisible();
  await expectUsable(page);
  await picture(page, 'admin-tenants');
  await page.getByRole('button', { name: `Change ${name}` }).click();
  await page.getByRole('button', { name: 'Suspend', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Lift the suspension' })).toBeVisible();
  await page.getByRole('button', { name: 'Close' }).click();
  await expect(row.getByText('Suspended')).toBeVisible();
  const answer = await page.request.get('/api/v1/account', { headers: { 'X-API-Key': secret, Cookie: '' } });
  expect(answer.status()).toBe(403);
  // A name that is taken is told at its field.
  await page.getByRole('button', { name: 'New tenant' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Make the tenant' }).click();
  await expect(page.locator('.field-error')).toContainText('taken');
});

test('a dead letter is found, tried again, cancelled and removed', async ({ console: page }) => {
  const smiles = Array.from(
    { length: 20_000 },
    (_, index) => `N${'C'.repeat(index % 140)}O${'C'.repeat(index / 140)}`,
  );
  const job = { kind: 'predict', input: { smiles }, deadline_s: 1 };
  const { id } = (await api('POST', '/api/v1/jobs', job)) as { id: string };
  await page.goto('/admin?tab=jobs');
  const row = page.getByRole('row').filter({ hasText: id });
  await expect(row).toBeVisible({ timeout: 30_000 });
  await expect(row.getByText('deadline')).toBeVisible();
  await expectUsable(page);
  await picture(page, 'admin-jobs');
  await row.getByRole('button', { name: 'Retry' }).click();
  await expect(row).toHaveCount(0);
  await page.getByRole('button', { name: /State/ }).click();
  await page.getByRole('option', { name: 'Any' }).click();
  await row.getByRole('button', { name: 'Cancel job' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel job' }).click();
  await row.getByRole('button', { name: 'Remove the job' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove the job' }).click();
  await expect(row).toHaveCount(0);
});

test('models and versions; one that may not be unloaded says why', async ({ console: page }) => {
  await page.goto('/admin?tab=models');
  const row = page.getByRole('row').filter({ hasText: 'olfactory-fast' });
  await expect(row.getByText('READY')).toBeVisible();
  await expectUsable(page);
  await picture(page, 'admin-models');
  await page.getByRole('button', { name: 'Unload olfactory-fast' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unload' }).click();
  await expect(page.getByRole('alert')).toContainText('MODEL_CONTROL');
});

test('the audit log is filtered, and its chain is verified', async ({ console: page }) => {
  await makeKey(['predict']);
  await page.goto('/admin?tab=audit');
  await page.getByLabel('Action').fill('key.created');
  await expect(page.getByRole('cell', { name: /^key\.created/ }).first()).toBeVisible();
  await expect(page.getByRole('cell', { name: /^tenant\./ })).toHaveCount(0);
  await page.getByRole('button', { name: 'Verify the chain' }).click();
  await expect(page.getByText(/The chain holds: \d+ rows/)).toBeVisible();
  await expectUsable(page);
  await picture(page, 'admin-audit');
  await page.getByLabel('Action').fill('nothing.such');
  await expect(page.getByText('Nothing fits these filters.')).toBeVisible();
});

test('without the scope admin the page is not there', async ({ visitor: page }) => {
  const { secret } = await makeKey(['predict', 'account']);
  await signIn(page, secret);
  await page.goto('/admin');
  await expect(page.getByText('scope “admin”')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Admin' })).toHaveCount(0);
});
