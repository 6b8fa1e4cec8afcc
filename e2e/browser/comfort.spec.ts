import { expect, test } from '../fixtures.ts';
import { ProviderPage } from '../pages/provider-page.ts';

/** What public/comfort.js adds; that nothing needs it: enhancement.spec.ts. */
test('copies the code and the request id of an error, and says so', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const answer = await page.goto('/nowhere');
  await page.getByRole('button', { name: 'Copy code and request id' }).click();
  await expect(page.getByRole('status')).toHaveText('Copied: code and request id');
  const copied = await page.evaluate('navigator.clipboard.readText()');
  expect(copied).toBe(`NOT_FOUND ${answer?.headers()['x-request-id']}`);
});

test('times tick', async ({ page }) => {
  await page.clock.install();
  await page.goto('/api-call');
  await new ProviderPage(page).signInAs('Bob Baker');
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
  await page.goto('/profile?a=1');
  await new ProviderPage(page).signInAs('Bob Baker');
  await expect(page).toHaveTitle(/Bob Baker/);
  await other.goto('/profile');

  // A session lives for a day without a visit; the last minute is not promised (one touch a minute).
  const notices = [page, other].map((tab) => tab.getByRole('region', { name: /session ends|signed out/ }));
  const expectNotices = async (text: string | undefined) => {
    for (const notice of notices) {
      if (text === undefined) await expect(notice).toBeHidden();
      else await expect(notice).toContainText(text);
    }
  };
  await expectNotices(undefined);
  await context.clock.fastForward('23:57:30');
  await expectNotices('Your session ends in 2 minutes');

  await page.getByRole('button', { name: 'Stay signed in' }).click();
  await expectNotices(undefined);
  await expect(page.getByRole('status')).toHaveText('You stay signed in.');
  await expect(page.getByRole('main')).toBeFocused();

  // A visit in one tab counts for the other, too.
  await context.clock.fastForward('23:57:30');
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

test('a session that has run out says so', async ({ context }) => {
  await context.clock.install();
  const page = await context.newPage();
  await page.goto('/profile');
  await new ProviderPage(page).signInAs('Bob Baker');
  await expect(page).toHaveTitle(/Bob Baker/);
  await context.clock.fastForward('24:00:00');
  await expect(page.getByRole('region', { name: 'You are signed out' })).toBeVisible();
});
