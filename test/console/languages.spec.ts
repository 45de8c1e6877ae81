import { expect, sideScroll, signIn, test } from './fixtures.ts';

const pages = ['/smell?smiles=COc1cc(C%3DO)ccc1O', '/create', '/sensors'];
const codes = ['en', 'de', 'es', 'fr', 'it', 'ja', 'ko', 'nl', 'pl', 'pt', 'ru', 'tr', 'zh'];

for (const path of ['/smell', '/sensors']) {
  test(`the first load of ${path} is small, the sketcher is not in it`, async ({ console: page }) => {
    await page.goto(path);
    await page.waitForLoadState('networkidle');
    const entries = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .map((entry) => ({ name: entry.name, bytes: (entry as PerformanceResourceTiming).transferSize })),
    );
    const own = entries.filter(({ name }) => new URL(name).pathname.startsWith('/assets/'));
    expect(own.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(300 * 1024);
    expect(entries.every(({ name }) => name.startsWith(process.env['SILLAGE_URL'] ?? ''))).toBe(true);
  });
}

test('every language fits a phone, in both themes, and names notes in its own words', async ({
  visitor: page,
}) => {
  await signIn(page);
  await page.setViewportSize({ width: 360, height: 760 });
  for (const [index, code] of codes.entries()) {
    await page.emulateMedia({ colorScheme: index % 2 === 0 ? 'light' : 'dark' });
    await page.goto('/smell');
    await page.evaluate((language) => localStorage.setItem('sillage.language', language), code);
    for (const path of pages) {
      await page.goto(path);
      await expect(page.locator('html')).toHaveAttribute('lang', code);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      if (path.startsWith('/smell')) await expect(page.locator('.wheel')).toBeVisible();
      expect([code, path, await sideScroll(page)]).toEqual([code, path, 0]);
    }
  }
});
