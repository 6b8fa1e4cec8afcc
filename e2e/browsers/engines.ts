import { existsSync } from 'node:fs';
import { type BrowserType, chromium, firefox, webkit } from 'playwright';
import { findChromium, findOnPath, isOnPath } from '../support/find-tools.ts';
import type { EngineKind } from './browser.ts';
import { launchFirefox } from './firefox-by-bidi.ts';
import { launchByPlaywright } from './playwright-engine.ts';
import { findMiniBrowser, launchWebKit } from './webkit-by-webdriver.ts';

const ownOf = (type: BrowserType) => (existsSync(type.executablePath()) ? type.executablePath() : undefined);

const systemFirefox = () => findOnPath('firefox-esr') ?? findOnPath('firefox');
const systemWebKit = () => (isOnPath('WebKitWebDriver') && isOnPath('Xvfb') ? findMiniBrowser() : undefined);

/** The three, each Playwright's own where that is installed, else the system's. */
const ENGINES: readonly EngineKind[] = [
  {
    name: 'Chromium',
    debian: 'chromium',
    isInstalled: () => findChromium() !== undefined,
    launch: (scheme) => launchByPlaywright(chromium, findChromium() ?? '', scheme),
  },
  {
    name: 'Firefox',
    debian: 'firefox-esr',
    isInstalled: () => (ownOf(firefox) ?? systemFirefox()) !== undefined,
    launch: (scheme) => {
      const own = ownOf(firefox);
      return own ? launchByPlaywright(firefox, own, scheme) : launchFirefox(systemFirefox() ?? '', scheme);
    },
  },
  {
    name: 'WebKit',
    debian: 'webkit2gtk-driver xvfb',
    isInstalled: () => (ownOf(webkit) ?? systemWebKit()) !== undefined,
    launch: (scheme) => {
      const own = ownOf(webkit);
      return own ? launchByPlaywright(webkit, own, scheme) : launchWebKit(systemWebKit() ?? '', scheme);
    },
  },
];

/** @throws Error that names what is not installed of `kinds`, and the commands that install it */
export function assertInstalled(kinds: readonly EngineKind[]): void {
  const missing = kinds.flatMap(({ name, isInstalled, debian }) =>
    isInstalled()
      ? []
      : `There is no ${name}. Install it with: npx playwright install --with-deps ${name.toLowerCase()}` +
        ` (or on Debian: sudo apt install ${debian})`,
  );
  if (missing.length > 0) throw new Error(missing.join('\n'));
}

/** Those that `BROWSERS` names, separated by commas; else all. */
export function chosenEngines(): readonly EngineKind[] {
  const names = process.env['BROWSERS']?.toLowerCase().split(',').filter(Boolean) ?? [];
  const chosen = ENGINES.filter(({ name }) => names.length === 0 || names.includes(name.toLowerCase()));
  if (chosen.length < names.length) throw new Error(`no such engine: ${names.join(', ')}`);
  return chosen;
}
