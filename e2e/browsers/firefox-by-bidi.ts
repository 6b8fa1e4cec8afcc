import type { ColorScheme, Engine } from './browser.ts';
import { type Dialect, type PageLike, windowOf } from './pages.ts';

/** The part of puppeteer's API that is used here: neither it nor its types are among the project's own dependencies. */
interface Puppeteer {
  launch(options: object): Promise<{
    version(): Promise<string>;
    createBrowserContext(): Promise<{
      newPage(): Promise<PuppeteerPage>;
      pages(): Promise<PuppeteerPage[]>;
      close(): Promise<void>;
      on(event: 'targetcreated', listener: (target: { page(): Promise<PuppeteerPage | null> }) => void): void;
    }>;
    close(): Promise<void>;
  }>;
}

interface PuppeteerPage extends PageLike {
  setViewport(size: { width: number; height: number }): Promise<void>;
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void;
  on(event: 'pageerror', listener: (error: unknown) => void): void;
}

const PUPPETEER: Dialect<PuppeteerPage> = {
  selectorOf: (xpath) => `::-p-xpath((${xpath})[1])`,
  resize: (page, size) => page.setViewport(size),
};

/** Starts a Firefox that is not Playwright's, and drives it by WebDriver BiDi. */
export async function launchFirefox(executablePath: string, scheme: ColorScheme = 'light'): Promise<Engine> {
  const name = 'puppeteer-core';
  const { default: puppeteer } = (await import(name)) as { default: Puppeteer };
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    defaultViewport: null,
    extraPrefsFirefox: { 'layout.css.prefers-color-scheme.content-override': scheme === 'dark' ? 0 : 1 },
  });
  const complaints: string[] = [];
  return {
    version: `${await browser.version()} by WebDriver BiDi`,
    complaints,
    cannot: [],
    newWindow: async () => {
      const context = await browser.createBrowserContext();
      context.on('targetcreated', (target) => {
        void target.page().then((page) => {
          page?.on('pageerror', (error) => complaints.push(String(error)));
          page?.on('console', (message) => {
            if (message.type() === 'error') complaints.push(message.text());
          });
        });
      });
      return windowOf(context, PUPPETEER);
    },
    close: () => browser.close(),
  };
}
