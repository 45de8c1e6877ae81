import { api, expect, expectUsable, makeKey, picture, signIn, test } from './fixtures.ts';

const vanillin = 'COc1cc(C=O)ccc1O';
const address = (smiles: string, other?: string) =>
  `/smell?${new URLSearchParams({ smiles, ...(other === undefined ? {} : { with: other }) })}`;

test('a molecule is pasted: notes, measures, atoms, neighbours, its place on the map', async ({
  console: page,
}) => {
  await page.goto('/smell');
  await expect(page.getByRole('heading', { name: 'Which molecule?' })).toBeVisible();
  await page.getByLabel('Molecule, as SMILES', { exact: true }).fill(vanillin);
  await page.getByRole('button', { name: 'Smell', exact: true }).click();
  await expect(page).toHaveURL(address(vanillin));
  const wheel = page.getByRole('img', { name: /vanilla, sweet/ });
  await expect(wheel).toBeVisible();
  await expect(page.getByText('Intensity')).toBeVisible();

  // Another note's atoms: the drawing is another, the rest stays.
  const drawing = page.getByRole('img', { name: `Structure of ${vanillin}` }).first();
  const before = await drawing.getAttribute('src');
  await page.getByRole('button', { name: 'spicy', exact: true }).click();
  await expect(page.getByRole('button', { name: 'spicy', exact: true })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await expect.poll(() => drawing.getAttribute('src')).not.toBe(before);

  await page.getByRole('radio', { name: 'Bars' }).click();
  const notes = page.getByRole('region', { name: 'Odour notes' });
  await expect(notes.getByRole('listitem').first()).toContainText('vanilla');
  await page.getByRole('radio', { name: 'Wheel' }).click();
  await expect(page.getByRole('application', { name: /known odorants/ })).toBeVisible();
  await expectUsable(page);
  await picture(page, 'smell');

  await page
    .getByRole('button', { name: /ethyl vanillin|syringaldehyde/ })
    .first()
    .click();
  await expect(page).not.toHaveURL(address(vanillin));
  await page.goBack();
  await expect(page.getByLabel('Molecule, as SMILES', { exact: true })).toHaveValue(vanillin);
});

test('a molecule is drawn', async ({ console: page }) => {
  await page.goto(address('CCO'));
  await page.getByRole('button', { name: 'Draw', exact: true }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Draw a molecule' });
  const sheet = dialog.locator('canvas').last();
  await expect(sheet).toBeVisible();
  await expectUsable(page);
  // A carbon atom drawn onto what was there.
  const box = await sheet.boundingBox();
  if (!box) throw new Error('the sheet has no place');
  await page.mouse.click(box.x + box.width / 2, box.y + box.height * 0.85);
  await expect(dialog.locator('.mono')).toContainText('C');
  await picture(page, 'smell-draw');
  await dialog.getByRole('button', { name: 'Use this molecule' }).click();
  await expect(page.getByRole('img', { name: /Structure of/ }).first()).toBeVisible();
});

test('two molecules are compared', async ({ console: page }) => {
  await page.goto(address(vanillin));
  await page.getByLabel('Second molecule, as SMILES').fill('CSSC');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page).toHaveURL(address(vanillin, 'CSSC'));
  const table = page.getByRole('table', { name: 'Compare two molecules' });
  await expect(table.getByRole('rowheader', { name: 'sulfurous' })).toBeVisible();
  await expect(page.getByText('alike on the odour map')).toBeVisible();
  await expectUsable(page);
  await table.scrollIntoViewIfNeeded();
  await picture(page, 'smell-compare');
});

test('a fault in a SMILES is shown at its place, and what was typed stays', async ({ console: page }) => {
  await page.goto('/smell');
  const field = page.getByLabel('Molecule, as SMILES', { exact: true });
  await field.fill('COc1cc(C=O)ccc9O');
  await field.press('Enter');
  await expect(page.locator('.fault')).toContainText('ring');
  const { at, selected } = await page.evaluate(() => {
    const input = document.querySelector<HTMLInputElement>('.molecule-row input');
    return {
      at: document.querySelector('.fault mark')?.textContent,
      selected: input?.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0),
    };
  });
  expect(at).toBe(selected);
  await expect(field).toHaveValue('COc1cc(C=O)ccc9O');
  await expectUsable(page);
});

test('a session that ends in mid-work is asked for again, and the work goes on', async ({
  visitor: page,
}) => {
  const { id, secret } = await makeKey(['predict', 'research', 'account']);
  await signIn(page, secret);
  await page.goto(address(vanillin));
  await expect(page.getByRole('img', { name: /vanilla, sweet/ })).toBeVisible();
  await page.getByLabel('Molecule, as SMILES', { exact: true }).fill('CSSC');
  // What the page still asks about the first molecule would open the dialog before the click.
  await page.waitForLoadState('networkidle');
  await api('DELETE', `/api/v1/keys/${id}`);
  await page.getByRole('button', { name: 'Smell', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  await expect(dialog).toBeVisible();
  await expectUsable(page);
  await dialog.getByLabel('API key').fill((await makeKey(['predict', 'research', 'account'])).secret);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByLabel('Molecule, as SMILES', { exact: true })).toHaveValue('CSSC');
  await expect(page.getByRole('img', { name: /sulfurous/ })).toBeVisible();
});

test('the map is panned, zoomed and read by pointer and keys', async ({ console: page }) => {
  await page.goto('/smell');
  const map = page.getByRole('application', { name: /known odorants/ });
  await map.scrollIntoViewIfNeeded();
  const shown = () => map.locator('canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const whole = await shown();
  await map.focus();
  for (const key of ['+', '+', 'ArrowRight']) await page.keyboard.press(key);
  await expect.poll(shown).not.toBe(whole);
  await page.keyboard.press('0');
  await expect.poll(shown).toBe(whole);
  // Where points lie, the pointer finds one: it is named with its notes.
  const box = await map.boundingBox();
  if (!box) throw new Error('the map has no place');
  const tip = page.locator('.map-tip');
  for (let step = 0; step < 60 && !(await tip.isVisible()); step += 1) {
    await page.mouse.move(box.x + box.width * 0.4 + step * 4, box.y + box.height * 0.45 + (step % 5) * 3);
  }
  await expect(tip).toBeVisible();
  await page.getByRole('button', { name: 'Savoury' }).click();
  await expect.poll(shown).not.toBe(whole);
});
