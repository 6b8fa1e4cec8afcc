import type { Page } from 'playwright/test';
import { expect, test } from '../fixtures.ts';
import { ProviderPage } from '../pages/provider-page.ts';

/** Signs in on the way to a page, and waits until its script has run: only then may a test move the clock. */
async function openAs(page: Page, name: string, path = '/profile'): Promise<void> {
  await page.goto(path);
  await new ProviderPage(page).signInAs(name);
  await page.waitForURL((url) => url.pathname + url.search === path);
}

/** What public/comfort.js adds. enhancement.spec.ts shows that no page needs it. */
test('copies the code and the request id of an error, and says so', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const answer = await page.goto('/nowhere');
  await page.getByRole('button', { name: 'Copy code and request id' }).click();
  await expect(page.getByRole('status')).toHaveText('Copied code and request id');
  const copied = await page.evaluate('navigator.clipboard.readText()');
  expect(copied).toBe(`NOT_FOUND ${answer?.headers()['x-request-id']}`);
});

test('times tick', async ({ page }) => {
  await page.clock.install();
  await openAs(page, 'Bob Baker', '/api-call');
  const ends = page.locator('dt:has-text("Ends") + dd');
  await expect(ends).toContainText('in 10 minutes');
  await page.clock.fastForward('03:00');
  await expect(ends).toContainText('in 7 minutes');
  await page.clock.fastForward('08:00');
  await expect(ends).toContainText('1 minute ago');
});

test('says in every tab that the session ends, and keeps it for all of them', async ({ context, target }) => {
  await context.clock.install();
  const [page, other] = [await context.newPage(), await context.newPage()];
  await openAs(page, 'Bob Baker', '/profile?a=1');
  await other.goto('/profile');

  // A session lives for a day without a visit.
  const notices = [page, other].map((tab) => tab.getByRole('region', { name: /session ends|signed out/ }));
  const expectNotices = async (text: string | undefined) => {
    for (const notice of notices) {
      if (text === undefined) await expect(notice).toBeHidden();
      else await expect(notice).toContainText(text);
    }
  };
  await expectNotices(undefined);
  await context.clock.fastForward('23:58:05');
  await expectNotices('Your session ends in 2 minutes');

  await page.getByRole('button', { name: 'Stay signed in' }).click();
  await expectNotices(undefined);
  await expect(page.getByRole('status')).toHaveText('You stay signed in.');
  await expect(page.getByRole('main')).toBeFocused();

  // A visit in one tab counts for the other, too.
  await context.clock.fastForward('23:58:05');
  await expectNotices('Your session ends in 2 minutes');
  await other.reload();
  await expectNotices(undefined);

  await other.getByRole('navigation').getByRole('link', { name: 'Sign out' }).click();
  await other.waitForURL(`${target.url}/`);
  await expect(notices[0] ?? page.locator('nothing')).toContainText('You are signed out');
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await new ProviderPage(page).signInAs('Bob Baker');
  await expect(page).toHaveURL(`${target.url}/profile?a=1`);
  await expect(page).toHaveTitle(/Bob Baker/);
});

test('staying signed in without a network says so, and fails in no script', async ({ page, target }) => {
  await page.clock.install();
  await openAs(page, 'Bob Baker');
  await page.clock.fastForward('23:58:05');
  // A page that is just being left gets no answer either.
  await page.route(`${target.url}/`, (route) => route.abort());
  await page.getByRole('button', { name: 'Stay signed in' }).click();
  await expect(page.getByRole('region', { name: /session ends/ })).toContainText('That did not work.');
});

test('a page of somebody else than who is signed in now says so', async ({ context, target }) => {
  const [page, other] = [await context.newPage(), await context.newPage()];
  await openAs(page, 'Alice Adams');
  await other.goto('/logout');
  await other.waitForURL(`${target.url}/`);
  await openAs(other, 'Carol Admin');
  await expect(page.getByRole('region', { name: 'You are signed out' })).toBeVisible();
  await expect(other.getByRole('region', { name: 'You are signed out' })).toBeHidden();
});

test('a form of another site, which comes without cookies, signs no tab out', async ({ page, context, target }) => {
  await openAs(page, 'Alice Adams');
  const other = await context.newPage();
  await other.route('http://other.example/', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<form method="post" action="${target.url}/nowhere"><button>Win</button></form>`,
    }),
  );
  await other.goto('http://other.example/');
  await other.getByRole('button').click();
  await expect(other.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(other.getByRole('link', { name: 'Sign in' })).toBeVisible();
  // A page that signs other tabs out does so as soon as it is loaded, so we look only after that.
  await other.waitForLoadState();
  await expect(other.locator('#signed-out')).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'You are signed out' })).toBeHidden();
});

test('a session that has run out says so', async ({ context }) => {
  await context.clock.install();
  const page = await context.newPage();
  await openAs(page, 'Bob Baker');
  await context.clock.fastForward('24:00:00');
  await expect(page.getByRole('region', { name: 'You are signed out' })).toBeVisible();
});
