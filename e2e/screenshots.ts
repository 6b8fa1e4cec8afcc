/** `npm run screenshots`: the pictures of README and docs, light and dark, of the real programs. */
import { join } from 'node:path';
import { chromium, type Page } from 'playwright';
import { ProviderPage } from './pages/provider-page.ts';
import { CHROMIUM_ARGS, findChromium } from './support/find-tools.ts';
import { startStack } from './support/stack.ts';

const FOLDER = join(import.meta.dirname, '..', 'docs', 'images');
const SIZE = { width: 1200, height: 750 };

const PAGES: readonly [name: string, path: string][] = [
  ['profile', '/profile'],
  ['api-call', '/api-call'],
  ['error', '/callback?code=used&state=old'],
];

async function take(page: Page, url: string, scheme: string): Promise<void> {
  await page.goto(`${url}/login?returnTo=/profile`);
  await new ProviderPage(page).signInAs('Alice Adams');
  await page.waitForURL(`${url}/profile`);
  for (const [name, path] of PAGES) {
    await page.goto(url + path);
    await page.screenshot({ path: join(FOLDER, `${name}-${scheme}.png`), animations: 'disabled' });
  }
}

const stack = await startStack({ redis: true });
const executablePath = findChromium();
const browser = await chromium.launch({ args: CHROMIUM_ARGS, ...(executablePath && { executablePath }) });
for (const scheme of ['light', 'dark'] as const) {
  const context = await browser.newContext({ viewport: SIZE, colorScheme: scheme });
  await take(await context.newPage(), stack.webUrl, scheme);
  await context.close();
}
await browser.close();
await stack.stop();
