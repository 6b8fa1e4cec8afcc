import { type BrowserType, chromium, type Page } from 'playwright';
import { CHROMIUM_ARGS } from '../support/find-tools.ts';
import type { BrowserWindow, ColorScheme, Engine } from './browser.ts';
import { type Dialect, windowOf } from './pages.ts';

const PLAYWRIGHT: Dialect<Page> = {
  selectorOf: (xpath) => `xpath=(${xpath})[1]`,
  resize: (page, size) => page.setViewportSize(size),
};

const CHROMIUM = {
  args: CHROMIUM_ARGS,
  // People's browsers have that cache, so these tests do, too.
  ignoreDefaultArgs: ['--disable-back-forward-cache'],
};

/** Starts an engine that Playwright drives, its own or the system's. */
export async function launchByPlaywright(
  type: BrowserType,
  executablePath: string,
  colorScheme: ColorScheme = 'light',
): Promise<Engine> {
  const browser = await type.launch({ executablePath, ...(type.name() === 'chromium' && CHROMIUM) });
  const complaints: string[] = [];
  return {
    version: `${type.name()} ${browser.version()} by Playwright`,
    complaints,
    cannot: [],
    newWindow: async () => {
      const context = await browser.newContext({ colorScheme });
      context.on('weberror', (error) => complaints.push(String(error.error())));
      context.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      return windowOf(context, PLAYWRIGHT);
    },
    close: () => browser.close(),
  };
}

/** Chromium with a profile in `folder`, and the tabs that were open there last. */
export async function openKeptChromium(executablePath: string, folder: string): Promise<BrowserWindow> {
  const args = [...CHROMIUM.args, '--restore-last-session'];
  const context = await chromium.launchPersistentContext(folder, { ...CHROMIUM, executablePath, args });
  return windowOf(context, PLAYWRIGHT);
}
