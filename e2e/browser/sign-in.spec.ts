import { DEMO_USERS } from '../../src/provider/demo-users.ts';
import { expect, test } from '../fixtures.ts';
import { ProviderPage } from '../pages/provider-page.ts';

test('signs in, shows the profile, signs out @deployed', async ({ page, target }) => {
  await page.goto('/');
  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  await new ProviderPage(page).signIn(target.user);
  await page.waitForURL(`${target.url}/`);
  await expect(page.getByText('You are signed in')).toBeVisible();

  await page.getByRole('navigation').getByRole('link', { name: 'Profile' }).click();
  await expect(page).toHaveTitle(/^Your profile/);
  await expect(page.getByRole('rowheader', { name: 'sub', exact: true })).toBeVisible();

  await page.getByRole('link', { name: 'Sign out' }).click();
  await page.waitForURL(`${target.url}/`);
  await expect(page.getByRole('heading', { name: 'Welcome', exact: true })).toBeVisible();
  await page.goto('/profile');
  await expect(new ProviderPage(page).username).toBeVisible();
});

test('comes back to the page that was asked for, with its query @deployed', async ({ page, target }) => {
  await page.goto('/profile?tab=claims&filter=a%26b');
  await new ProviderPage(page).signIn(target.user);
  await expect(page).toHaveURL(`${target.url}/profile?tab=claims&filter=a%26b`);
});

test('two browsers are two sessions @deployed', async ({ page, browser, target }) => {
  await page.goto('/profile');
  await new ProviderPage(page).signIn(target.user);
  await expect(page).toHaveTitle(/^Your profile/);

  const other = await browser.newContext({ baseURL: target.url });
  const stranger = await other.newPage();
  await stranger.goto('/');
  await expect(stranger.getByRole('heading', { name: 'Welcome', exact: true })).toBeVisible();
  await stranger.goto('/profile');
  await expect(new ProviderPage(stranger).username).toBeVisible();
  await other.close();
});

for (const user of DEMO_USERS) {
  test(`shows the profile of ${user.username}`, async ({ page }) => {
    await page.goto('/profile');
    await new ProviderPage(page).signInAs(user.claims.name);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(user.claims.name);
    const main = page.getByRole('main');
    await expect(main.getByText(user.claims.email).first()).toBeVisible();
    for (const claim of Object.keys(user.claims)) {
      await expect(page.getByRole('rowheader', { name: claim, exact: true })).toBeVisible();
    }
    const picture = main.locator('img.avatar');
    if (user.claims['picture']) {
      const loaded = await picture.evaluate((img: { decode(): Promise<void> }) => img.decode().then(() => true));
      expect(loaded).toBe(true);
    } else {
      await expect(picture).toHaveCount(0);
    }
  });
}

test('a long name of any script widens no page', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto('/profile');
  await new ProviderPage(page).signInAs(DEMO_USERS.at(-1)?.claims.name ?? '');
  // Waits for the load, styles included: a page may have its heading before it is laid out.
  await page.waitForURL(/\/profile$/);
  const width = await page.locator('html').evaluate((html: { scrollWidth: number }) => html.scrollWidth);
  expect(width).toBeLessThanOrEqual(360);
});

test('a wrong password stays on the sign-in page, and the right one goes on from there', async ({ page }) => {
  await page.goto('/profile');
  const provider = new ProviderPage(page);
  await provider.signIn({ username: 'alice', password: 'wrong' });
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(provider.username).toHaveValue('alice');
  await provider.signIn({ username: 'alice', password: 'password' });
  await expect(page).toHaveTitle(/^Your profile/);
});

test('a cancelled sign-in is explained and can begin again', async ({ page }) => {
  await page.goto('/profile?a=1');
  await new ProviderPage(page).cancel();
  await expect(page.getByRole('heading', { name: 'Sign-in was cancelled' })).toBeVisible();
  await page.getByRole('link', { name: 'Sign in with another account' }).click();
  await new ProviderPage(page).signInAs('Bob Baker');
  await expect(page).toHaveURL(/\/profile\?a=1$/);
});

test('the back button after a sign-in shows no error, and the user stays signed in', async ({ page, target }) => {
  await page.goto('/');
  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  await new ProviderPage(page).signInAs('Bob Baker');
  await page.waitForURL(`${target.url}/`);
  await page.goBack();
  await page.goto('/profile');
  await expect(page.getByRole('heading', { name: 'Bob Baker' })).toBeVisible();
});

test('the back button after signing out shows nothing of the account', async ({ page }) => {
  await page.goto('/profile');
  await new ProviderPage(page).signInAs('Bob Baker');
  await expect(page.getByRole('heading', { name: 'Bob Baker' })).toBeVisible();
  await page.getByRole('navigation').getByRole('link', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Welcome', exact: true })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Bob Baker' })).toHaveCount(0);
});

test('signing up leads through the provider’s page for new users', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('link', { name: 'Sign up' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Eve New');
  await page.getByLabel(/e-?mail/i).fill(`eve-${Date.now()}@example.com`);
  await page.getByLabel('Password').fill('a password of her own');
  await page.getByRole('button', { name: /sign up|create/i }).click();
  await expect(page.getByRole('heading', { name: 'Welcome, Eve New' })).toBeVisible();
});
