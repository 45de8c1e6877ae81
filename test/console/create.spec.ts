import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, expectUsable, picture, test } from './fixtures.ts';

const field = (page: Page) => page.getByLabel('What should it smell of?');
const create = (page: Page) => page.getByRole('button', { name: 'Create', exact: true });
const cards = (page: Page) => page.getByRole('article');

test('molecules arrive for a description; chips are changed; one is followed; all are taken home', async ({
  console: page,
}) => {
  await page.goto('/create');
  await expectUsable(page);
  await field(page).fill('warm vanilla, slightly smoky, not floral');
  await page.getByLabel('How many').fill('4');
  await create(page).click();
  const understood = page.getByRole('list', { name: 'What was understood' });
  await expect(understood.getByRole('button', { name: /smoky slightly/ })).toBeVisible();
  await expect(understood.getByRole('button', { name: /floral not wanted/ })).toBeVisible();
  await expect(page.getByText(/^Found: 4 · \d+ drawn$/)).toBeVisible();
  await expect(cards(page)).toHaveCount(4);
  await expect(page.getByRole('img', { name: /Structure of/ })).toHaveCount(4);
  await page.getByText('Safety and figures').first().click();
  await page.evaluate(() => scrollTo(0, 0));
  await expectUsable(page);
  await picture(page, 'create');

  await page.getByRole('button', { name: 'Export' }).click();
  const [csv] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Table (CSV)' }).click(),
  ]);
  expect((await readFile(await csv.path(), 'utf8')).split('\r\n')).toHaveLength(6);
  await page.getByRole('button', { name: 'Export' }).click();
  const [sdf] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Structures (SDF)' }).click(),
  ]);
  expect((await readFile(await sdf.path(), 'utf8')).split('$$$$\n')).toHaveLength(5);
  await page.getByRole('button', { name: 'Export' }).click();
  const [png] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Picture (PNG)' }).click(),
  ]);
  expect((await readFile(await png.path())).subarray(1, 4).toString()).toBe('PNG');

  // The API reads back what the chips say.
  await understood.getByRole('button', { name: /smoky/ }).click();
  await page.getByRole('menuitemradio', { name: 'not wanted' }).click();
  await page.getByRole('button', { name: 'Add a note' }).click();
  await page.getByRole('searchbox', { name: 'Add a note' }).fill('coco');
  await page.getByRole('menuitem', { name: 'coconut' }).click();
  const asked = page.waitForRequest('**/api/v1/generate');
  await page.getByRole('button', { name: 'Create with these' }).click();
  expect((await asked).postDataJSON()).toMatchObject({ language: 'en', num_molecules: 4 });
  await expect(page.getByText(/^Found: \d \u00b7/)).toBeVisible();
  await expect(understood.getByRole('button', { name: /smoky not wanted/ })).toBeVisible();
  await expect(understood.getByRole('button', { name: /coconut in full/ })).toBeVisible();

  const [first] = await cards(page).all();
  const smiles = await first?.getAttribute('aria-label');
  await first?.getByRole('button', { name: 'More like this' }).click();
  await expect(page.getByText('Like this molecule')).toBeVisible();
  await expect(page.getByText(/^Found: \d \u00b7/)).toBeVisible();
  await page.getByRole('button', { name: 'No longer ask for likeness' }).click();
  expect(smiles).toBeTruthy();
  await cards(page).first().getByRole('link', { name: 'Smell' }).click();
  await expect(page).toHaveURL(/\/smell\?smiles=/);
});

test('a description in another language is understood', async ({ console: page }) => {
  await page.goto('/create');
  await field(page).fill('gül ve biraz limon, tatlı değil');
  await page.getByLabel('How many').fill('1');
  await create(page).click();
  const understood = page.getByRole('list', { name: 'What was understood' });
  await expect(understood.getByRole('button', { name: /rose/ })).toBeVisible();
  await expect(understood.getByRole('button', { name: /sweet not wanted/ })).toBeVisible();
});

test('a description without a smell: the API says so and what would work', async ({ console: page }) => {
  await page.goto('/create');
  await field(page).fill('the tax law of 1998');
  await create(page).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(field(page)).toHaveValue('the tax law of 1998');
  await expectUsable(page);
});

test('constraints that contradict each other are shown at their fields', async ({ console: page }) => {
  await page.goto('/create');
  await field(page).fill('rose');
  await page.getByText('More constraints').click();
  await page.getByLabel('Must contain').fill('c1ccc');
  await create(page).click();
  await expect(page.locator('.field-error')).toBeVisible();
  await expect(page.getByLabel('Must contain')).toHaveValue('c1ccc');
});

test('the connection is cut in mid-work: what was typed stays, also over a reload', async ({
  console: page,
}) => {
  await page.goto('/create');
  await field(page).fill('fresh linen');
  await page.route('**/api/v1/generate', (route) => route.abort());
  await create(page).click();
  await expect(page.getByRole('alert')).toContainText('cannot be reached');
  await page.unroute('**/api/v1/generate');
  await page.reload();
  await expect(field(page)).toHaveValue('fresh linen');
});
