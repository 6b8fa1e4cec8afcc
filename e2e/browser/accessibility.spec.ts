import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright/test';
import { expect, test } from '../fixtures.ts';

/** WCAG 2.2 AA and the best practices of axe, on every page and state, as different people see them. */
const LOOKS = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  'forced colours': { colorScheme: 'dark', forcedColors: 'active' },
  phone: { colorScheme: 'light', viewport: { width: 360, height: 740 } },
} as const;

type State = [name: string, open: (page: Page, url: string) => Promise<unknown>];

const SIGNED_OUT: readonly State[] = [
  ['home', (page) => page.goto('/')],
  ['a page that is not there', (page) => page.goto('/nowhere')],
  ['a login that expired', (page) => page.goto('/callback?code=x&state=y')],
  ['the provider’s sign-in', (page) => page.goto('/login')],
  ['the provider’s sign-up', (page) => page.goto('/signup')],
];

const SIGNED_IN: readonly State[] = [
  ['home', (page) => page.goto('/')],
  ['profile', (page) => page.goto('/profile')],
  ['API call', (page) => page.goto('/api-call')],
  ['protected', (page) => page.goto('/protected')],
  ['admin, without the permission', (page) => page.goto('/admin')],
  ['sessions', (page) => page.goto('/sessions')],
  [
    'the question before a logout',
    async (page, url) => {
      await page.route('http://other.example/', (route) =>
        route.fulfill({ contentType: 'text/html', body: `<a href="${url}/logout">Log out</a>` }),
      );
      await page.goto('http://other.example/');
      await page.getByRole('link').click();
      await expect(page.getByRole('heading', { name: 'Log out?' })).toBeVisible();
    },
  ],
];

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  const found = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    where: nodes.map(({ target }) => target),
  }));
  expect.soft(found).toEqual([]);
  // Nothing may be cut off or scroll sideways.
  expect.soft(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
}

for (const [look, options] of Object.entries(LOOKS)) {
  test.describe(`accessibility, ${look}`, () => {
    test.use(options);

    test('signed out', async ({ page, target }) => {
      for (const [name, open] of SIGNED_OUT) {
        await test.step(name, async () => {
          await open(page, target.url);
          await expectAccessible(page);
        });
      }
    });

    for (const person of ['Alice Adams', 'Dave']) {
      test(`signed in as ${person}`, async ({ page, target }) => {
        await page.goto('/login');
        await page
          .getByRole('button', { name: person === 'Dave' ? /Sign in as داود/ : `Sign in as ${person}` })
          .click();
        await page.waitForURL(`${target.url}/`);
        for (const [name, open] of SIGNED_IN) {
          await test.step(name, async () => {
            await open(page, target.url);
            await expectAccessible(page);
          });
        }
      });
    }
  });
}
