import { expect, expectUsable, makeKey, picture, signIn, test } from './fixtures.ts';

const all = ['predict', 'generate', 'research', 'sensors', 'account'];

test('a key opens the console; it is kept nowhere in the page; signing out closes it', async ({
  visitor: page,
}) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expectUsable(page);
  await picture(page, 'sign-in');
  const { secret } = await makeKey(all);
  await page.getByLabel('API key').fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible();
  await expect(page).toHaveURL(/\/smell$/);
  expect(
    await page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })),
  ).not.toContain(secret.slice(-20));
  await page.reload();
  await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('a key that does not hold is told, and the field keeps it', async ({ visitor: page }) => {
  await page.goto('/');
  await page.getByLabel('API key').fill('sk_dev_unknown');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('not known');
  await expect(page.getByLabel('API key')).toHaveValue('sk_dev_unknown');
});

test('without the fleet the page says so, and goes on when it is back', async ({ visitor: page }) => {
  let isAway = true;
  await page.route('**/api/v1/session', (route) => (isAway ? route.abort() : route.fallback()));
  await page.goto('/');
  await expect(page.getByRole('alert')).toContainText('cannot be reached');
  isAway = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('a page that the key is not good for is not in the navigation, and says what is missing', async ({
  visitor: page,
}) => {
  const { secret } = await makeKey(['predict']);
  await signIn(page, secret);
  await page.goto('/create');
  await expect(page.getByRole('link', { name: 'Smell' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Create' })).toHaveCount(0);
  await expect(page.getByText('scope “generate”')).toBeVisible();
  await page.goto('/no/such/page');
  await expect(page.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
});

test('language and theme are chosen, and stay', async ({ console: page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: /^Language/ }).click();
  await page.getByRole('menuitemradio', { name: 'Deutsch' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await page.getByRole('button', { name: /^Farbschema/ }).click();
  await page.getByRole('menuitemradio', { name: 'Dunkel' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('everything is reached by keyboard: skip link, navigation, menu of a phone', async ({
  console: page,
}) => {
  await page.goto('/');
  await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('#content')).toBeFocused();
  await page.setViewportSize({ width: 360, height: 760 });
  const menu = page.getByRole('button', { name: 'Open the menu' });
  await menu.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Create' }).focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/create/);
  await expect(page.getByRole('button', { name: 'Open the menu' })).toBeVisible();
});
