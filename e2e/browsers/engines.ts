import { existsSync } from 'node:fs';
import { type BrowserType, chromium, firefox, webkit } from 'playwright';
import { findChromium, findOnPath, isOnPath } from '../support/find-tools.ts';
import type { ColorScheme, Engine, EngineKind } from './browser.ts';
import { launchFirefox, openKeptFirefox } from './firefox-by-bidi.ts';
import { launchByPlaywright, openKeptChromium } from './playwright-engine.ts';
import { findMiniBrowser, launchWebKit } from './webkit-by-webdriver.ts';

type Launch = (path: string, scheme?: ColorScheme) => Promise<Engine>;

const ownOf = (type: BrowserType) => (existsSync(type.executablePath()) ? type.executablePath() : undefined);

const systemFirefox = () => findOnPath('firefox-esr') ?? findOnPath('firefox');
const systemWebKit = () => (isOnPath('WebKitWebDriver') && isOnPath('Xvfb') ? findMiniBrowser() : undefined);

/** Makes a kind that uses Playwright's own browser if it is installed, else the system's. */
function ownOrSystem(
  name: EngineKind['name'],
  { type, debian, find, launch }: { type: BrowserType; debian: string; find: () => string | undefined; launch: Launch },
): EngineKind {
  return {
    name,
    debian,
    isInstalled: () => (ownOf(type) ?? find()) !== undefined,
    launch: (scheme) => {
      const own = ownOf(type);
      return own ? launchByPlaywright(type, own, scheme) : launch(find() ?? '', scheme);
    },
  };
}

const ENGINES: readonly EngineKind[] = [
  {
    name: 'Chromium',
    debian: 'chromium',
    isInstalled: () => findChromium() !== undefined,
    launch: (scheme) => launchByPlaywright(chromium, findChromium() ?? '', scheme),
    openKept: (folder) => openKeptChromium(findChromium() ?? '', folder),
  },
  {
    ...ownOrSystem('Firefox', { type: firefox, debian: 'firefox-esr', find: systemFirefox, launch: launchFirefox }),
    // Playwright's own Firefox restores nothing.
    ...(systemFirefox() && { openKept: (folder: string) => openKeptFirefox(systemFirefox() ?? '', folder) }),
  },
  ownOrSystem('WebKit', { type: webkit, debian: 'webkit2gtk-driver xvfb', find: systemWebKit, launch: launchWebKit }),
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

/** The engines that `BROWSERS` names, separated by commas; by default all. */
export function chosenEngines(): readonly EngineKind[] {
  const names = process.env['BROWSERS']?.toLowerCase().split(',').filter(Boolean) ?? [];
  const chosen = ENGINES.filter(({ name }) => names.length === 0 || names.includes(name.toLowerCase()));
  if (chosen.length < names.length) throw new Error(`no such engine: ${names.join(', ')}`);
  return chosen;
}
