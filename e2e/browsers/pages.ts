import type { BrowserWindow, Tab } from './browser.ts';

/** What the pages of Playwright and of puppeteer have in common. */
export interface PageLike {
  goto(url: string): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  locator(selector: string): {
    click(options: { button: 'left' | 'middle' }): Promise<void>;
    fill(text: string): Promise<void>;
  };
  bringToFront(): Promise<void>;
  readonly keyboard: { press(key: 'Tab' | 'Enter'): Promise<void> };
  screenshot(): Promise<Uint8Array>;
  setExtraHTTPHeaders(headers: Record<string, string>): Promise<void>;
  close(): Promise<void>;
}

interface ContextLike<Page> {
  newPage(): Promise<Page>;
  pages(): readonly Page[] | Promise<readonly Page[]>;
  close(): Promise<void>;
}

/** Where Playwright and puppeteer differ. */
export interface Dialect<Page> {
  readonly selectorOf: (xpath: string) => string;
  readonly resize: (page: Page, size: { width: number; height: number }) => Promise<void>;
}

/** Makes a window of either. */
export function windowOf<Page extends PageLike>(context: ContextLike<Page>, dialect: Dialect<Page>): BrowserWindow {
  return {
    newTab: async ({ size, headers } = {}) => {
      const page = await context.newPage();
      if (size) await dialect.resize(page, size);
      if (headers) await page.setExtraHTTPHeaders({ ...headers });
      return tabOf(page, dialect);
    },
    tabs: async () => (await context.pages()).map((page) => tabOf(page, dialect)),
    close: () => context.close(),
  };
}

function tabOf<Page extends PageLike>(page: Page, { selectorOf }: Dialect<Page>): Tab {
  return {
    goto: async (url) => {
      await page.goto(url);
    },
    click: async (at, button = 'left') => {
      // Firefox draws no tab in the background, and an element that is not drawn never comes to rest for a click.
      await page.bringToFront();
      await page.locator(selectorOf(at)).click({ button });
    },
    fill: (at, text) => page.locator(selectorOf(at)).fill(text),
    press: (key) => page.keyboard.press(key),
    run: async <T>(expression: string) => (await page.evaluate(expression)) as T,
    // Not their own methods, which wait for a load: a page out of the back/forward cache does not load.
    back: async () => {
      await page.evaluate('void setTimeout(() => history.back())');
    },
    screenshot: () => page.screenshot(),
    close: () => page.close(),
  };
}
