import type { Page } from 'playwright/test';
import { expect, test } from '../fixtures.ts';
import { ProviderPage } from '../pages/provider-page.ts';

/** Moves by Tab to the link or button with this name and presses it, as somebody without a mouse does. */
async function press(page: Page, name: string | RegExp): Promise<void> {
  const wanted = page.getByRole('link', { name }).or(page.getByRole('button', { name }));
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await wanted.and(page.locator(':focus')).count()) > 0) {
      await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
      return;
    }
  }
  throw new Error(`no way by keyboard to ${String(name)}`);
}

test('from home to signed out with the keyboard alone', async ({ page, target }) => {
  await page.goto('/');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await press(page, 'Sign in');

  await page.waitForURL(/interaction/);
  await press(page, /Sign in as Carol Admin/);
  await page.waitForURL(`${target.url}/`);

  await press(page, 'Profile');
  await expect(page.getByRole('heading', { level: 1, name: 'Carol Admin' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Profile', exact: true })).toHaveAttribute('aria-current', 'page');

  await press(page, 'API call');
  await press(page, /Refresh the token/);
  await expect(page.getByText('Status 200')).toBeVisible();

  await press(page, 'Sign out');
  await page.waitForURL(`${target.url}/`);
  await expect(page.getByRole('navigation').getByRole('link', { name: 'Sign in' })).toBeVisible();
});

test('on a phone the navigation is one row, and marks the current page by more than its colour', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await page.goto('/profile');
  await new ProviderPage(page).signInAs('Carol Admin');
  await page.getByRole('heading', { level: 1, name: 'Carol Admin' }).waitFor();
  interface Look {
    readonly top: number;
    readonly isCurrent: boolean;
    readonly isMarked: boolean;
  }
  const looks = await page.evaluate<Look[]>(`[...document.querySelectorAll('nav li a')].map((link) => {
    const { fontWeight, borderBlockEndColor: line } = getComputedStyle(link);
    const isMarked = Number(fontWeight) > 600 && line !== 'rgba(0, 0, 0, 0)';
    return { top: link.getBoundingClientRect().top, isCurrent: link.ariaCurrent === 'page', isMarked };
  })`);
  expect(looks.length).toBeGreaterThan(4);
  expect(new Set(looks.map(({ top }) => top)).size).toBe(1);
  expect(looks.filter(({ isCurrent }) => isCurrent)).toHaveLength(1);
  for (const { isCurrent, isMarked } of looks) expect(isMarked).toBe(isCurrent);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('everything works from home to signed out', async ({ page, target }) => {
    await page.goto('/');
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign in as Carol Admin' }).click();
    await expect(page.getByRole('heading', { name: /Welcome, Carol/ })).toBeVisible();
    for (const [name, text] of [
      ['Profile', 'carol@example.com'],
      ['API call', 'Status 200'],
      ['Protected', 'This is a protected message.'],
      ['Admin', 'This is an admin message.'],
    ] as const) {
      await page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
      await expect(page.getByText(text).first()).toBeVisible();
    }
    // The page shows nothing that needs a script.
    await page.goto('/profile');
    await expect(page.getByRole('button')).toHaveCount(0);
    await page.goto('/api-call');
    await page.getByRole('button', { name: /Refresh/ }).click();
    await expect(page.getByText('Status 200')).toBeVisible();
    await page.getByRole('navigation').getByRole('link', { name: 'Sign out' }).click();
    // With scripts the provider's page submits itself; without them it has a button.
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page).toHaveURL(`${target.url}/`);
  });
});
