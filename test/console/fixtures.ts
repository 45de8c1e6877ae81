import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';

export { expect };

const key = () => process.env['SILLAGE_KEY'] ?? '';

/** Another key of the same tenant, with these scopes. */
export async function makeKey(
  scopes: readonly string[],
): Promise<{ readonly id: string; readonly secret: string }> {
  const answer = await api('POST', '/api/v1/keys', { scopes, label: 'console' });
  return answer as { id: string; secret: string };
}

/** Asks the API with the fleet's own key. Throws where it refuses. */
export async function api(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${process.env['SILLAGE_URL']}${path}`, {
    method,
    headers: { 'X-API-Key': key(), 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}

export const test = base.extend<{
  /** The console where nobody is signed in. */
  readonly visitor: Page;
  /** The console with a session. */
  readonly console: Page;
}>({
  baseURL: async ({ browserName: _ }, use) => use(process.env['SILLAGE_URL'] ?? ''),
  visitor: async ({ page }, use) => {
    const faults = watchFaults(page);
    await use(page);
    expect(faults).toEqual([]);
  },
  console: async ({ visitor }, use) => {
    await signIn(visitor, key());
    await use(visitor);
  },
});

/** Gives the browser a session, as the sign-in page would. */
export async function signIn(page: Page, secret = key()): Promise<void> {
  const answer = await page.request.post('/api/v1/session', { data: { key: secret } });
  expect(answer.status()).toBe(201);
}

/** What went wrong in the page itself, and what its policy refused. That a request failed is for the spec to say. */
function watchFaults(page: Page): string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) faults.push(text);
  });
  return faults;
}

/** Nothing serious or critical for axe, in both themes; and on a phone nothing that has to be scrolled sideways. */
export async function expectUsable(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(
      serious.map(({ id, nodes }) => `${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    ).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  const before = page.viewportSize() ?? { width: 1280, height: 860 };
  await page.setViewportSize({ width: 360, height: 760 });
  await expect.poll(() => sideScroll(page)).toBe(0);
  await page.setViewportSize(before);
}

/** Keeps a picture of the page, both themes and a phone; in docs/pictures when the run was asked for pictures. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SILLAGE_PICTURES'] ?? join(import.meta.dirname, 'pictures');
  const before = page.viewportSize() ?? { width: 1280, height: 860 };
  const take = async (suffix: string) => {
    await page.mouse.move(0, 0);
    await page.screenshot({
      path: join(folder, `${name}${suffix}.png`),
      animations: 'disabled',
      caret: 'hide',
    });
  };
  await page.emulateMedia({ colorScheme: 'light' });
  await take('');
  await page.emulateMedia({ colorScheme: 'dark' });
  await take('-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 360, height: 760 });
  await take('-phone');
  await page.setViewportSize(before);
}

/** Pixels that the page is wider than its window. */
export function sideScroll(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth));
}
