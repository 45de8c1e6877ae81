import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: process.env['SILLAGE_FIGURES'] ? '*.figures.ts' : '*.spec.ts',
  outputDir: './results',
  globalSetup: './fleet.ts',
  // One fleet and two cores: a second browser would only make both wait.
  workers: 1,
  fullyParallel: false,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  forbidOnly: process.env['CI'] !== undefined,
  use: {
    browserName: 'chromium',
    launchOptions: {
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      // Root in a container has no sandbox; pages are our own.
      args: ['--no-sandbox', '--force-color-profile=srgb', '--font-render-hinting=none'],
    },
    locale: 'en-GB',
    timezoneId: 'UTC',
    viewport: { width: 1280, height: 860 },
    trace: 'off',
  },
});
