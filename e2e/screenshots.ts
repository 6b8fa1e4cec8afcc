/**
 * `npm run screenshots` takes the pictures of README and docs, light and dark, and the social preview, of the real app.
 * `npm run screenshots -- all` takes every page in every state, at three widths, light and dark, into
 * test-results/pages for you to look at. Names after it select states.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright';
import { launchChromium } from './support/find-tools.ts';
import { openState, PAGE_STATES, type PageState } from './support/page-states.ts';
import { type Stage, startStage } from './support/stage.ts';

const ROOT = join(import.meta.dirname, '..');
const SCHEMES = ['light', 'dark'] as const;

async function showing(browser: Browser, stage: Stage, state: PageState, take: (page: Page) => Promise<void>) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await openState(page, stage, state);
  await take(page);
  await context.close();
}

async function forDocs(browser: Browser, stage: Stage): Promise<void> {
  for (const state of PAGE_STATES.filter(({ name }) => DOCUMENTED.includes(name))) {
    await showing(browser, stage, state, async (page) => {
      await page.setViewportSize({ width: 1200, height: 750 });
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: join(ROOT, 'docs/images', `${state.name}-${colorScheme}.png`) });
      }
      if (state.name !== 'home') return;
      // What other sites show with a link to the app.
      await page.setViewportSize({ width: 1200, height: 630 });
      await page.emulateMedia({ colorScheme: 'light' });
      await page.screenshot({ path: join(ROOT, 'public/social-preview.png') });
    });
  }
}

const DOCUMENTED = ['home', 'profile', 'api-call', 'error-login-expired'];

async function forTheEye(browser: Browser, stage: Stage, only: readonly string[]): Promise<void> {
  const folder = join(ROOT, 'test-results/pages');
  const unknown = only.filter((wanted) => !PAGE_STATES.some(({ name }) => name === wanted));
  if (unknown.length > 0) throw new Error(`no such state: ${unknown.join(', ')}`);
  mkdirSync(folder, { recursive: true });
  for (const state of PAGE_STATES.filter(({ name }) => only.length === 0 || only.includes(name))) {
    await showing(browser, stage, state, async (page) => {
      for (const width of [360, 768, 1440]) {
        await page.setViewportSize({ width, height: 800 });
        for (const colorScheme of SCHEMES) {
          await page.emulateMedia({ colorScheme });
          const path = join(folder, `${state.name}-${width}-${colorScheme}.png`);
          await page.screenshot({ path, fullPage: true });
        }
      }
    });
  }
}

const [mode, ...only] = process.argv.slice(2);
const browser = await launchChromium();
const stage = await startStage();
await (mode === 'all' ? forTheEye(browser, stage, only) : forDocs(browser, stage));
await stage.stop();
await browser.close();
