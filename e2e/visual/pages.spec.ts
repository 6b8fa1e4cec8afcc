import { join } from 'node:path';
import { expect, test } from '../fixtures.ts';
import { openState, PAGE_STATES } from '../support/page-states.ts';

/** One of each kind of page. */
const NAMES = [
  ...['home', 'home-signed-in', 'profile', 'api-call', 'api-call-refused', 'protected', 'sessions-this-one-only'],
  ...['error-not-found', 'question-before-a-logout', 'session-ends-soon', 'long-home', 'provider-sign-in'],
];

const LOOKS = [
  { width: 360, colorScheme: 'light' },
  { width: 1440, colorScheme: 'dark' },
] as const;

for (const state of PAGE_STATES.filter(({ name }) => NAMES.includes(name))) {
  test(`looks as before: ${state.name}`, async ({ page, stage }) => {
    await openState(page, stage, state);
    for (const { width, colorScheme } of LOOKS) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await expect.soft(page).toHaveScreenshot(`${state.name}-${width}-${colorScheme}.png`, {
        stylePath: join(import.meta.dirname, 'unstable.css'),
        // People see colours of equal lightness as far apart; the usual threshold does not.
        threshold: 0.05,
        maxDiffPixels: 50,
      });
    }
  });
}
