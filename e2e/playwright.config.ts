import { defineConfig } from 'playwright/test';
import type { WorkerOptions } from './fixtures.ts';
import { CHROMIUM_ARGS, findChromium } from './support/find-tools.ts';

const isDeployed = Boolean(process.env['E2E_BASE_URL']);
const executablePath = findChromium();

/**
 * The programs start per worker, on free ports (fixtures.ts). With `E2E_BASE_URL`, `E2E_USERNAME` and
 * `E2E_PASSWORD` the specs marked @deployed run against that app instead.
 */
export default defineConfig<object, WorkerOptions>({
  testDir: 'browser',
  outputDir: '../test-results',
  fullyParallel: true,
  forbidOnly: true,
  workers: 2,
  // Long enough for machines that are busy with other things, too.
  timeout: 60_000,
  reporter: [['list']],
  ...(isDeployed && { grep: /@deployed/ }),
  use: {
    browserName: 'chromium',
    launchOptions: { args: CHROMIUM_ARGS, ...(executablePath && { executablePath }) },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
  projects: isDeployed
    ? [{ name: 'deployed' }]
    : [
        // Pages look the same with either kind of session, and Redis adds one page: axe looks once, with Redis.
        { name: 'cookie sessions', testIgnore: /accessibility/, use: { redis: false } },
        { name: 'redis sessions', use: { redis: true } },
      ],
});
