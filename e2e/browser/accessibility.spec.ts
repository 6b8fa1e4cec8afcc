import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright/test';
import { expect, test } from '../fixtures.ts';
import { openState, PAGE_STATES } from '../support/page-states.ts';

const DESKTOP = { width: 1280, height: 800 };
/** As narrow as a 1280 px page zoomed to 400 % (WCAG 1.4.10), and not tall. */
const PHONE = { width: 320, height: 500 };
const PLAIN = { colorScheme: 'light', forcedColors: 'none', contrast: 'no-preference' } as const;

/** WCAG 2.2 AA and axe's best practices. */
const ALL = {
  type: 'tag',
  values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
} as const;
/** The rules among them that depend on colours. */
const COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } as const;

/** As different people see a page. */
const LOOKS = {
  light: [DESKTOP, PLAIN, ALL],
  dark: [DESKTOP, { ...PLAIN, colorScheme: 'dark' }, COLOURS],
  'more contrast': [DESKTOP, { ...PLAIN, contrast: 'more' }, COLOURS],
  'forced colours': [DESKTOP, { ...PLAIN, colorScheme: 'dark', forcedColors: 'active' }, COLOURS],
  phone: [PHONE, PLAIN, ALL],
} as const;

async function violations(page: Page, runOnly: typeof ALL | typeof COLOURS) {
  const { violations } = await new AxeBuilder({ page })
    // No page has frames; without them one call does it all.
    .setLegacyMode()
    .options({ runOnly: { type: runOnly.type, values: [...runOnly.values] } })
    .analyze();
  return violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map(({ target }) => target) }));
}

// A trace would keep axe's whole source five times for every page.
test.use({ trace: 'off' });

for (const state of PAGE_STATES) {
  test(`accessibility: ${state.name}`, async ({ page, stage }) => {
    await openState(page, stage, state);
    await expect(page).toHaveTitle(/^\S.+ · (Gatehouse|Local OpenID provider)$/);
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
    for (const [look, [viewport, media, rules]] of Object.entries(LOOKS)) {
      await page.setViewportSize(viewport);
      await page.emulateMedia(media);
      expect.soft(await violations(page, rules), look).toEqual([]);
      const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
      expect.soft(isWide, `${look} scrolls sideways`).toBe(false);
      // The notice floats over the page, so nobody can scroll it into view.
      const notice = page.locator('#session-end:visible');
      if (await notice.isVisible()) await expect.soft(notice).toBeInViewport({ ratio: 1 });
    }
  });
}
