import { expect, test } from '../fixtures.ts';
import { ProviderPage } from '../pages/provider-page.ts';

test('signs another browser out, which is told so and can come back', async ({ page, browser, target, redis }) => {
  await page.goto('/profile');
  await new ProviderPage(page).signInAs('Carol Admin');
  const navigation = page.getByRole('navigation');
  await expect(navigation.getByRole('link', { name: 'Sessions' })).toHaveCount(redis ? 1 : 0);
  if (!redis) {
    expect((await page.goto('/sessions'))?.status()).toBe(404);
    return;
  }

  const context = await browser.newContext({ baseURL: target.url });
  const other = await context.newPage();
  await other.goto('/profile');
  await new ProviderPage(other).signInAs('Carol Admin');
  await expect(other).toHaveTitle(/^Your profile/);

  await navigation.getByRole('link', { name: 'Sessions' }).click();
  await expect(page.getByText('This browser')).toHaveCount(1);
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(page.getByText('the only one that is signed in')).toBeVisible();

  await other.goto('/profile?a=1');
  await expect(other.getByRole('heading', { name: 'You were signed out' })).toBeVisible();
  await other.getByRole('link', { name: 'Sign in again' }).click();
  await expect(other).toHaveURL(/\/profile\?a=1$/);
  await context.close();
});
