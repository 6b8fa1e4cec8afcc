import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { BrowserWindow, ColorScheme, Engine } from './browser.ts';
import { type Dialect, type PageLike, windowOf } from './pages.ts';

/** The part of puppeteer's API that is used here: neither it nor its types are among the project's own dependencies. */
interface Puppeteer {
  launch(options: object): Promise<{
    version(): Promise<string>;
    createBrowserContext(): Promise<PuppeteerContext>;
    defaultBrowserContext(): PuppeteerContext;
    process(): ChildProcess;
    close(): Promise<void>;
  }>;
}

interface PuppeteerContext {
  newPage(): Promise<PuppeteerPage>;
  pages(): Promise<PuppeteerPage[]>;
  close(): Promise<void>;
  on(event: 'targetcreated', listener: (target: { page(): Promise<PuppeteerPage | null> }) => void): void;
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

async function launch(executablePath: string, options: object) {
  const name = 'puppeteer-core';
  const { default: puppeteer } = (await import(name)) as { default: Puppeteer };
  return puppeteer.launch({ browser: 'firefox', executablePath, defaultViewport: null, ...options });
}

/** Starts a Firefox that is not Playwright's, and drives it by WebDriver BiDi. */
export async function launchFirefox(executablePath: string, scheme: ColorScheme = 'light'): Promise<Engine> {
  const browser = await launch(executablePath, {
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

/** Firefox with a profile in `folder`, and the tabs that were open there last. */
export async function openKeptFirefox(executablePath: string, folder: string): Promise<BrowserWindow> {
  const browser = await launch(executablePath, {
    userDataDir: folder,
    extraPrefsFirefox: {
      'browser.startup.page': 3,
      'browser.sessionstore.resume_from_crash': true,
      'browser.sessionstore.max_resumed_crashes': 9,
      'browser.sessionstore.restore_on_demand': false,
      'browser.sessionstore.interval': 250,
      // They are made for browsers without a past.
      'remote.prefs.recommended': false,
    },
  });
  return {
    ...windowOf(browser.defaultBrowserContext(), PUPPETEER),
    // Its own way to end closes the tabs first, and none is left to come back.
    close: async () => {
      // It writes down now and then what is open, and its cookies.
      await setTimeout(6000);
      const child = browser.process();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
